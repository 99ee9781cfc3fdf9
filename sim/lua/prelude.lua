-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- What scenarios call, on top of sys and mem: ipc, print, time, expectations.
--
-- It runs before the script, in the same state. `private` is for this file alone. It keeps
-- what it uses in locals: a script may put something else under the global names.
local private = ...
local sys, mem, tostring, type, select, format = sys, mem, tostring, type, select, string.format
local concat, pack, unpack, move = table.concat, table.pack, table.unpack, table.move
local integer_type, min = math.type, math.min
local name_of_process, raise, enter, alarm = name, private.raise, private.enter, private.alarm
local span, limit = private.span, private.limit
local met, check = private.met, private.check

local ALARM, CONSOLE, IPC = 0x0, 0x1, 0x10000

local function show(value)
  if type(value) ~= "string" then return tostring(value) end
  local text = format("%q", value):gsub("\\\n", "\\n")
  return #text > 80 and text:sub(1, 80) .. "..." or text
end

-- A success as its word, or as true if it has none that counts; a failure as nil and the
-- name of the error.
local function outcome(variant, word)
  if variant == "SuccessU32" then return word end
  if variant == "Success" or variant == "SuccessU32U32" then return true end
  return nil, sys.error_name(word) or tostring(word)
end

---- Expectations ----

-- `why` is the name of an error, if it comes from a call, or what the script says of it; with
-- more behind it.
local function describe_miss(value, why, ...)
  if why == nil then
    return format("expected a value, got %s, in: %s", tostring(value), private.quote())
  end
  local text, more = tostring(why), pack(...)
  for i = 1, more.n do more[i] = tostring(more[i]) end
  if text:find("^%u+$") then
    local about = more.n > 0 and " (" .. concat(more, " ", 1, more.n) .. ")" or ""
    return format("expected success, got %s%s, in: %s", text, about, private.quote())
  end
  return concat({ "expected: " .. text, unpack(more, 1, more.n) }, " ")
end

-- Takes what a call answered: returns it all unless that is a failure, as nil, as false or
-- as sys has it.
function expect(value, why, ...)
  if value then
    met(value, why) -- which sees the others, too
    return value, why, ...
  end
  check()
  private.missed(describe_miss(value, why, ...))
end

-- What is equal to nothing but itself, however alike two of them look.
local things = { table = "table", ["function"] = "function", thread = "coroutine",
                 userdata = "buffer" }

local function describe_difference(got, wanted)
  local shown_got, shown_wanted = show(got), show(wanted)
  local thing = type(got) == type(wanted) and things[type(got)]
  if thing and shown_got == shown_wanted then
    return format("expected one %s, got another: a %s equals nothing but itself", thing, thing)
      .. ((thing == "table" or thing == "buffer") and "; compare what is in them" or "")
  end
  return format("expected %s, got %s", shown_wanted, shown_got)
end

function expect_eq(got, wanted)
  check()
  if got ~= wanted then
    private.missed(describe_difference(got, wanted))
  end
  met()
end

---- Yielding ----

function yield(surplus)
  sys.yield_wait(nil, surplus)
end

function yield_no_wait()
  enter()
  return sys.yield_no_wait()
end

---- libtock-c's ipc.h ----

local ipc = {}
_G.ipc = ipc

-- Writes `name` where the kernel can read it: a short one where no alloc reaches, so that
-- looking for a service does not move a script's buffers.
local SHORT_OFFSET, SHORT_SIZE = 4, 28
local long_name

local function place(name)
  local buffer
  if #name <= SHORT_SIZE then
    buffer = mem.view(private.reserved() + SHORT_OFFSET, SHORT_SIZE)
  else
    if not long_name or long_name:size() < #name then long_name = private.alloc_name(#name) end
    buffer = long_name
  end
  buffer:write(0, name)
  return buffer:addr()
end

local function check_function(fn, who)
  if type(fn) ~= "function" then
    raise(format("%s: takes a function, not %s", who, show(fn)))
  end
end

local function check_process(index, who)
  if integer_type(index) ~= "integer" then
    raise(format("%s: a process is named by its index, as ipc.discover returns it, not by %s",
                 who, show(index)))
  end
end

-- Whether the kernel has IPC.
function ipc.exists()
  enter()
  return outcome(sys.command(IPC, 0, 0, 0))
end

-- The index of the process with this package name; else nil, the error, and a word about it.
function ipc.discover(name)
  enter()
  if type(name) ~= "string" then raise("ipc.discover: a name is a text, not " .. show(name)) end
  local allowed, old_addr, old_len = sys.allow_ro(IPC, 0, place(name), #name)
  if allowed ~= "SuccessU32U32" then return outcome(allowed, old_addr) end
  local service, why = outcome(sys.command(IPC, 1, 0, 0))
  if not service then return nil, why, "no process is called " .. show(name) end
  local restored, code = sys.allow_ro(IPC, 0, old_addr, old_len)
  if restored ~= "SuccessU32U32" then return outcome(restored, code) end
  return service
end

-- As a service: `fn(from, len, addr, userdata)` is called when a client notifies.
function ipc.register_service(fn, userdata)
  enter()
  check_function(fn, "ipc.register_service")
  local service, why, about = ipc.discover(name_of_process())
  if not service then return nil, why, about end
  return outcome(sys.subscribe(IPC, service, fn, userdata))
end

-- As a client of `service`: `fn` is called when that service notifies.
function ipc.register_client(service, fn, userdata)
  enter()
  check_process(service, "ipc.register_client")
  check_function(fn, "ipc.register_client")
  return outcome(sys.subscribe(IPC, service, fn, userdata))
end

-- Shares a buffer of mem.alloc, or an address and a length, with a process.
function ipc.share(process, buffer, len)
  enter()
  check_process(process, "ipc.share")
  if type(buffer) == "userdata" then
    return outcome(sys.allow_rw(IPC, process, span(buffer, len)))
  end
  if integer_type(buffer) ~= "integer" or integer_type(len) ~= "integer" then
    raise("ipc.share: give it a buffer of mem.alloc, or an address and a length")
  end
  return outcome(sys.allow_rw(IPC, process, buffer, len))
end

function ipc.unshare(process)
  enter()
  check_process(process, "ipc.unshare")
  return outcome(sys.allow_rw(IPC, process, 0, 0))
end

function ipc.notify_service(service, surplus)
  enter(surplus)
  check_process(service, "ipc.notify_service")
  return outcome(sys.command(IPC, 2, service))
end

function ipc.notify_client(client, surplus)
  enter(surplus)
  check_process(client, "ipc.notify_client")
  return outcome(sys.command(IPC, 3, client))
end

---- Time ----

-- The alarm's clock: microseconds, 32 bits.
function now_us()
  enter()
  local now, why = outcome(sys.command(ALARM, 2, 0, 0))
  if not now then raise("now_us: the alarm driver answered " .. why) end
  return now
end

local alarm_user = 0 -- counts who waits for the alarm: it is that of the innermost wait
local alarm_fired

local function on_alarm()
  alarm_fired = true
end
private.name_function(on_alarm, "alarm.upcall")

-- Sets the alarm; the number of the setting and the time at which it ends.
local function set_alarm(us)
  alarm_user = alarm_user + 1
  alarm_fired = false
  local subscribed, why = outcome(alarm.subscribe(ALARM, 0, on_alarm, 0))
  if not subscribed then raise("the alarm driver answered " .. why) end
  local deadline, reason = outcome(alarm.command(ALARM, 5, us, 0))
  if not deadline then raise("the alarm driver answered " .. reason) end
  return alarm_user, deadline
end

-- Waits. Upcalls run meanwhile; one that waits itself takes the alarm over, and this one
-- sets it again for the rest.
function delay_us(us)
  enter()
  if integer_type(us) ~= "integer" or us < 0 or us >= 1 << 31 then
    raise("delay_us: takes 0 to 2^31 - 1 microseconds, not " .. show(us))
  end
  local user, deadline = set_alarm(us)
  while user ~= alarm_user or not alarm_fired do
    sys.yield_wait()
    if user ~= alarm_user then
      local left = (deadline - now_us()) & 0xffffffff
      if left == 0 or left >= 1 << 31 then return end
      user, deadline = set_alarm(left)
    end
  end
end

local function yield_until(condition, timeout_us)
  local user, deadline = set_alarm(timeout_us)
  while not condition() do
    if user ~= alarm_user then
      local left = (deadline - now_us()) & 0xffffffff
      if left == 0 or left >= 1 << 31 then return false end
      user, deadline = set_alarm(left)
    elseif alarm_fired then
      return false
    end
    sys.yield_wait()
  end
  if user == alarm_user then alarm.command(ALARM, 3, 0, 0) end
  return true
end

-- Yields until condition() is true; false where that takes longer than `timeout_us`.
function yield_for(condition, timeout_us, surplus)
  enter(surplus)
  check_function(condition, "yield_for")
  if timeout_us == nil then
    while not condition() do sys.yield_wait() end
    return true
  end
  if integer_type(timeout_us) ~= "integer" or timeout_us < 0 or timeout_us >= 1 << 31 then
    raise("yield_for: takes 0 to 2^31 - 1 microseconds, not " .. show(timeout_us))
  end
  return condition() and true or yield_until(condition, timeout_us)
end

---- The console ----

local is_writing = false
local lines_written = 0
local line_buffer

local function on_written()
  is_writing = false
  lines_written = lines_written + 1
end
private.name_function(on_written, "print.upcall")

local function line_of(...)
  local texts = pack(...)
  for i = 1, texts.n do texts[i] = tostring(texts[i]) end
  return concat(texts, "\t", 1, texts.n) .. "\n"
end

local function check_console(variant, word)
  local done, why = outcome(variant, word)
  if not done then
    is_writing = false
    raise("print: the console driver answered " .. why)
  end
end

-- Writes a line and waits until the console took it. Upcalls run meanwhile; what they
-- print waits for its turn.
function print(...)
  enter()
  local line = line_of(...)
  while is_writing do sys.yield_wait() end
  if not line_buffer or line_buffer:size() < #line then
    line_buffer = private.alloc_line((#line + 63) // 64 * 64)
  end
  line_buffer:write(0, line)
  is_writing = true
  check_console(sys.allow_ro(CONSOLE, 1, line_buffer:addr(), #line))
  check_console(sys.subscribe(CONSOLE, 1, on_written, 0))
  check_console(sys.command(CONSOLE, 1, #line, 0))
  local before = lines_written
  while lines_written == before do sys.yield_wait() end
end

---- Arguments that would be ignored ----

-- What is called all the time names its first one itself: `surplus`.

ipc.exists = limit(ipc.exists, 0)
ipc.discover = limit(ipc.discover, 1)
ipc.register_service = limit(ipc.register_service, 2)
ipc.register_client = limit(ipc.register_client, 3)
ipc.share = limit(ipc.share, 3)
ipc.unshare = limit(ipc.unshare, 1)
yield_no_wait = limit(yield_no_wait, 0)
now_us = limit(now_us, 0)
delay_us = limit(delay_us, 1)

---- table.sort ----

-- Lua's own asks the host's clock when a sort goes badly, which shows in the order of
-- equal elements. This one is stable: equal elements stay in their order.
local function merge(from, to, first, middle, last, less)
  local left, right = first, middle
  for i = first, last - 1 do
    if left < middle and (right >= last or not less(from[right], from[left])) then
      to[i], left = from[left], left + 1
    else
      to[i], right = from[right], right + 1
    end
  end
end

local function ascending(a, b)
  return a < b
end

function table.sort(list, less)
  if type(list) ~= "table" then raise("table.sort: sorts a table, not " .. show(list)) end
  if less ~= nil then check_function(less, "table.sort") end
  local count = #list
  local from, to = move(list, 1, count, 1, {}), {}
  local width = 1
  while width < count do
    for first = 1, count, 2 * width do
      merge(from, to, first, min(first + width, count + 1),
            min(first + 2 * width, count + 1), less or ascending)
    end
    from, to = to, from
    width = width * 2
  end
  move(from, 1, count, 1, list)
end
