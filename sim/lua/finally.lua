-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- What finally() hands to the function of a scenario: the run that is over, as data.
--
-- It runs once, after the script's top level, in a state that belongs to no process. Events
-- are made when somebody looks at them: a list of all would not fit.
local private = ...
local event, count, raise, type, ipairs = private.event, private.count, private.raise, type, ipairs
local setmetatable, tostring, pairs = setmetatable, tostring, pairs

---- Events and processes ----

local function next_event(_, i)
  local found = event(i + 1)
  if found then return i + 1, found end
end

local events = setmetatable({}, {
  __index = function(_, i) return event(i) end,
  __len = function() return count end,
  __pairs = function() return next_event, nil, 0 end,
})

local by_name = {}
for i = #private.processes, 1, -1 do by_name[private.processes[i].name] = private.processes[i] end

local processes = setmetatable(private.processes, {
  __index = function(_, name)
    if type(name) == "string" then raise("run.processes: no process is called " .. name) end
  end,
})
for name, process in pairs(by_name) do processes[name] = process end

local run = {
  outcome = private.outcome, time_us = private.time_us, events = events, processes = processes,
}

local function check_name(name, who)
  if name ~= nil then
    if type(name) ~= "string" then raise(who .. ": a process is named by its name") end
    return processes[name].name
  end
end

-- for e in run:each("upcall") do: the events of this kind, or all.
function run:each(kind)
  if kind ~= nil and not private.is_kind(kind) then
    raise("run:each: there is no kind of event called " .. tostring(kind))
  end
  local i = 0
  return function()
    local found
    repeat
      i = i + 1
      found = event(i, kind)
    until found ~= false
    return found
  end
end

---- What became of each notification ----

local END = "still queued at the end"

local steps = {
  ipc_dequeued = function(upcall) upcall.reason = "kernel panicked" end,
  ipc_converted = function(upcall, e) upcall.reason = e.lost or END end,
  upcall_removed = function(upcall) upcall.reason = "removed by a subscribe" end,
  upcall_dequeued = function(upcall) upcall.reason = "no room for it on the stack" end,
  task_dropped = function(upcall, e) upcall.reason = e.lost end,
  upcall = function(upcall, e)
    upcall.reason, upcall.delivered = nil, true
    upcall.time_us, upcall.latency_us = e.time_us, e.time_us - upcall.notified_us
  end,
}

local function begin(e)
  return {
    process = e.process, process_name = e.process_name, from = e.from, from_name = e.from_name,
    type = e.type, notified_seq = e.seq, notified_us = e.time_us, delivered = false, reason = END,
  }
end

local upcalls, delivered -- in the order in which they were sent, and in which they came

local function follow(e, by_seq)
  if e.kind == "ipc_queued" and e.result == "NONE" then
    by_seq[e.seq] = begin(e)
    upcalls[#upcalls + 1] = by_seq[e.seq]
    return
  end
  local upcall = by_seq[e.cause]
  local step = upcall and steps[e.kind]
  if step then step(upcall, e) end
  if step and upcall.delivered then delivered[#delivered + 1] = upcall end
end

local function follow_all()
  local by_seq = {}
  upcalls, delivered = {}, {}
  for e in run:each() do
    if e.cause ~= nil or e.kind == "ipc_queued" then follow(e, by_seq) end
  end
end

-- One for each notification that got into a queue, as the record's view of this name.
function run:upcalls()
  if not upcalls then follow_all() end
  return upcalls
end

-- How many of them came to nothing, by reason.
function run:lost()
  local lost = {}
  for _, upcall in ipairs(run:upcalls()) do
    if upcall.reason then lost[upcall.reason] = (lost[upcall.reason] or 0) + 1 end
  end
  return lost
end

-- From a client's notification that reached its service to the next one back; of one client,
-- of one service, or all, in the order in which they ended.
function run:round_trips(client, service)
  check_name(client, "run:round_trips")
  check_name(service, "run:round_trips")
  local trips, open = {}, {}
  run:upcalls()
  for _, upcall in ipairs(delivered) do
    local asks = upcall.type == "service"
    local from = asks and upcall.from or upcall.process
    local pair = from * 256 + (asks and upcall.process or upcall.from)
    open[pair] = open[pair] or { first = 1 }
    local waiting = open[pair]
    if asks then
      waiting[#waiting + 1] = upcall
    elseif waiting[waiting.first] then
      local asked = waiting[waiting.first]
      waiting.first = waiting.first + 1
      if (not client or client == asked.from_name) and (not service or service == asked.process_name) then
        trips[#trips + 1] = {
          client = asked.from_name, service = asked.process_name, start_us = asked.notified_us,
          end_us = upcall.time_us, took_us = upcall.time_us - asked.notified_us,
        }
      end
    end
  end
  return trips
end

---- Queues and faults ----

local changes = {
  loaded = 1, restarted = 1, ipc_queued = 1, upcall_queued = 1, ipc_dequeued = -1,
  upcall_dequeued = -1, upcall_removed = -1, task_dropped = -1,
}

-- The most tasks that stood in the ring of the process of this name, which has room for 9.
function run:depth(name)
  if name == nil then raise("run:depth: name a process") end
  check_name(name, "run:depth")
  local index, depth, most = processes[name].index, 0, 0
  for e in run:each() do
    local change = e.process == index and changes[e.kind]
    if change and (e.result == nil or e.result == "NONE" or change < 0) then
      depth = depth + change
      if depth > most then most = depth end
    end
  end
  return most
end

-- Each fault: whose, when, and why; of one process, or all.
function run:faults(name)
  check_name(name, "run:faults")
  local faults = {}
  for e in run:each("fault") do
    if not name or e.process_name == name then faults[#faults + 1] = e end
  end
  return faults
end

return run
