-- SPDX-License-Identifier: Apache-2.0 OR MIT
-- The record of runs: tables, and views for people (docs/record.md explains them).
--
-- For each kind of event, ipcsim adds a view with its fields as named columns, made
-- from core/event.def: ev_syscall, ev_upcall, ... The views here stand on those.
-- A change of anything here needs a new RECORD_SCHEMA_VERSION (sim/record/record.h).

create table runs (
    id integer primary key autoincrement,
    scenario text,           -- path as given
    about text,
    params text,             -- 'clients=2 rounds=3'
    board text,
    sched text,
    fault text,
    seed,                    -- text where it is above 2^63 - 1
    num_procs integer,
    until_us integer,        -- null: no end
    outcome text not null,   -- 'unfinished' until the run has ended
    reason text,             -- a sentence, '' if passed
    trace_hash text,         -- 16 hexadecimal digits
    events integer,          -- how many happened, recorded or not
    time_us integer,         -- simulated, at the end
    version text,            -- of ipcsim
    source_hash text,        -- 16 hexadecimal digits: of the script and the files it uses
    made_at text             -- when, by the clock of the host: '2026-01-31T23:59:59Z'
);

-- The parameters of a run one by one, those that nobody set too.
create table run_parameters (
    run_id integer not null,
    name text not null,
    value,                   -- as its type says; a boolean is 0 or 1
    type text not null,      -- integer, number, string, boolean: that of its default
    primary key (run_id, name)
) without rowid;

create table processes (
    run_id integer not null,
    idx integer not null,
    name text,
    id integer,              -- of its first life
    memory_start integer,
    memory_size integer,
    flash_start integer,
    flash_size integer,
    state text,              -- from here on: at the end of the run
    restarts integer,
    dropped_upcalls integer, -- since its last start, as are the next two
    timeslice_expirations integer,
    syscalls integer,
    primary key (run_id, idx)
) without rowid;

-- w0 to w7 are the fields of the kind, in the order of event.def; `cause` is the seq of
-- the event that led to this one.
create table events (
    run_id integer not null,
    seq integer not null,
    time_us integer not null,
    process integer,         -- null: the kernel's own
    kind text not null,
    cause integer,
    w0 integer, w1 integer, w2 integer, w3 integer,
    w4 integer, w5 integer, w6 integer, w7 integer,
    primary key (run_id, seq)
) without rowid;

-- What processes printed, by the seq of the print event.
create table prints (
    run_id integer not null,
    seq integer not null,
    time_us integer not null,
    process integer not null,
    text text not null,
    primary key (run_id, seq)
) without rowid;

-- What programs said to whoever reads the trace, by the seq of the note event.
create table notes (
    run_id integer not null,
    seq integer not null,
    time_us integer not null,
    process integer not null,
    line integer not null, -- of the scenario
    text text not null,
    primary key (run_id, seq)
) without rowid;

-- What a process calls the function or buffer that a system call of it hands to the kernel, by
-- the seq of the call.
create table places (
    run_id integer not null,
    seq integer not null,
    process integer not null,
    kind text not null,      -- function, buffer, library, break
    name text not null,      -- '' where its source has none
    start integer not null,
    size integer not null,
    primary key (run_id, seq)
) without rowid;

-- The names of values: (error, 9) is NOMEM, 'memory required not available'.
create table names (
    type text not null,
    value integer not null,
    name text not null,
    about text not null,
    primary key (type, value)
) without rowid;

create trigger runs_take_their_rows_along after delete on runs
begin
    delete from run_parameters where run_id = old.id;
    delete from processes where run_id = old.id;
    delete from events where run_id = old.id;
    delete from prints where run_id = old.id;
    delete from notes where run_id = old.id;
    delete from places where run_id = old.id;
end;

-- What became of each notification, by the seq of the ipc_queued event that all later
-- ones name as their cause.
create view notification_steps as
select run_id, coalesce(cause, seq) as notified_seq,
       max(case kind when 'ipc_dequeued' then seq end) as dequeued_seq,
       max(case kind when 'ipc_converted' then seq end) as converted_seq,
       max(case kind when 'upcall_queued' then seq end) as call_queued_seq,
       max(case kind when 'upcall_removed' then seq end) as removed_seq,
       max(case kind when 'upcall_dequeued' then seq end) as call_dequeued_seq,
       max(case kind when 'upcall' then seq end) as upcall_seq,
       max(case kind when 'task_dropped' then seq end) as dropped_seq
from events
where kind in ('ipc_queued', 'ipc_dequeued', 'ipc_converted', 'upcall_queued',
               'upcall_removed', 'upcall_dequeued', 'upcall', 'task_dropped')
group by run_id, coalesce(cause, seq)
having max(kind = 'ipc_queued');

-- One row per upcall scheduled by a notify: each notification that went into a queue.
-- `process` is its receiver, (run_id, notified_seq) its key. `seq` and `time_us` are
-- those of its delivery, or of the event that lost it, null while it is still queued.
create view upcalls as
select s.run_id,
       e.seq,
       e.time_us,
       q.process,
       case q.type when 'service' then q.process else q.from_process end as subscribe_num,
       q.from_process as arg0,
       c.arg1,
       c.arg2,
       c.userdata,
       q.from_process,
       q.seq as notified_seq,
       case when s.upcall_seq is not null then e.time_us - q.time_us end as latency_us,
       s.upcall_seq is not null as delivered,
       case
           when s.upcall_seq is not null then null
           when s.dropped_seq is not null then
               (select about from names join ev_task_dropped d on name = d.reason
                where type = 'drop_reason' and d.run_id = s.run_id and d.seq = s.dropped_seq)
           when s.removed_seq is not null then 'removed by a subscribe'
           when s.call_dequeued_seq is not null then 'no room for it on the stack'
           when v.result <> 'ok' then
               (select about from names where type = 'ipc_result' and name = v.result)
           when v.scheduled <> 'QUEUED' then
               (select about from names where type = 'schedule_result' and name = v.scheduled)
           when s.dequeued_seq is not null and v.seq is null then 'kernel panicked'
           else 'still queued at the end'
       end as reason
from notification_steps s
cross join ev_ipc_queued q on q.run_id = s.run_id and q.seq = s.notified_seq
left join ev_ipc_converted v on v.run_id = s.run_id and v.seq = s.converted_seq
left join ev_upcall_queued c on c.run_id = s.run_id and c.seq = s.call_queued_seq
left join events e on e.run_id = s.run_id
     and e.seq = case
         when s.upcall_seq is not null then s.upcall_seq
         when s.dropped_seq is not null then s.dropped_seq
         when s.removed_seq is not null then s.removed_seq
         when s.call_dequeued_seq is not null then s.call_dequeued_seq
         when v.result <> 'ok' or v.scheduled <> 'QUEUED' then s.converted_seq
         when v.seq is null then s.dequeued_seq
     end
where q.result = 'NONE';

-- The drivers whose numbers have a name.
create view drivers as
select value as number, name from names where type = 'driver';

-- Each system call with its answer. Without one: a yield, an exit, a fault, or the
-- kernel panicked on the way.
create view syscalls as
select s.run_id, s.seq, s.time_us, s.process, s.id, s.class, s.r0, s.r1, s.r2, s.r3,
       r.seq as answered_seq, r.variant,
       case when r.variant like 'Failure%' then
           (select name from names where type = 'error' and value = r.w1) end as error,
       r.w1, r.w2, r.w3,
       case when s.class in ('subscribe', 'command', 'allow_rw', 'allow_ro', 'allow_ur') then
           (select name from drivers where number = s.r0) end as driver
from ev_syscall s
left join ev_syscall_return r on r.run_id = s.run_id and r.cause = s.seq
     and r.seq = (select n.seq from events n
                  where n.run_id = s.run_id and n.seq > s.seq
                        and n.kind in ('syscall', 'syscall_return')
                  order by n.seq limit 1);

-- Each notify, queued or refused. `queued_seq` is notified_seq in upcalls, null for one
-- that was refused; `error` says why.
create view notifies as
select run_id, seq, time_us, process,
       case r1 when 2 then 'service' else 'client' end as type,
       r2 as to_process, error,
       case when variant = 'Success' then
           (select q.seq from events q
            where q.run_id = c.run_id and q.seq > c.seq and q.seq < c.answered_seq
                  and q.kind = 'ipc_queued'
            order by q.seq limit 1) end as queued_seq
from syscalls c
where class = 'command' and r0 = 65536 and r1 in (2, 3);

-- Each notify service that got into a queue, with the answer: the next notify client by which
-- that service answered this client, unless it had another notification of it before that. From
-- the client's notify to its upcall; null where no answer reached it.
create view round_trips as
with steps as not materialized (
    select u.run_id, q.type,
           case q.type when 'service' then q.from_process else q.process end as client,
           case q.type when 'service' then q.process else q.from_process end as service,
           q.seq as sent_seq, q.time_us as sent_us,
           case when u.delivered then u.seq end as delivered_seq,
           case when u.delivered then u.time_us end as delivered_us
    from upcalls u
    join ev_ipc_queued q on q.run_id = u.run_id and q.seq = u.notified_seq
),
-- What a service has of one client and sends to it, in the order in which it does.
turns as not materialized (
    select *, lead(type) over turn as next_type,
           lead(sent_seq) over turn as next_sent_seq, lead(delivered_us) over turn as next_us
    from steps
    where type = 'client' or delivered_seq is not null
    window turn as (partition by run_id, client, service
                    order by case type when 'service' then delivered_seq else sent_seq end)
)
select run_id, client, service, sent_us, delivered_us as served_us,
       case next_type when 'client' then next_us end as answered_us,
       case next_type when 'client' then next_us - sent_us end as latency_us,
       sent_seq as notified_seq,
       case next_type when 'client' then next_sent_seq end as answer_seq
from turns where type = 'service'
union all
select run_id, client, service, sent_us, null, null, null, sent_seq, null
from steps where type = 'service' and delivered_seq is null;

-- Each fault, with the access that was refused where that is its cause.
create view faults as
select f.run_id, f.seq, f.time_us, f.process, f.cause, f.action,
       a.op, a.address, a.size
from ev_fault f
left join ev_access a on f.cause = 'MEMORY' and a.run_id = f.run_id
     and a.seq = (select n.seq from events n
                  where n.run_id = f.run_id and n.seq < f.seq
                        and n.kind = 'access' and n.process = f.process
                  order by n.seq desc limit 1);

-- Each region that the MPU driver was asked for over a shared buffer, and why it refused.
create view mpu_regions as
select run_id, seq, time_us, process, start, size, allowed,
       case when allowed then region_start end as region_start,
       case when allowed then region_size end as region_size,
       listed,
       case when not allowed then
           (select about from names where type = 'mpu_result' and name = result) end as reason,
       cause as notified_seq
from ev_region_added;

-- Each buffer shared with another process, or taken back (size 0).
create view shares as
select run_id, seq, time_us, process, r1 as with_process, r2 as start, r3 as size,
       w1 as old_start, w2 as old_size
from syscalls
where class = 'allow_rw' and r0 = 65536 and variant = 'SuccessU32U32';

-- How many tasks each process's ring holds after each change; it has room for 9. Its
-- first task, at every start, is its init function.
create view queue_depth as
select run_id, seq, time_us, process, kind,
       sum(step) over (partition by run_id, process order by seq) as depth
from (
    select run_id, seq, time_us, process, kind,
           case when kind in ('loaded', 'restarted', 'ipc_queued', 'upcall_queued')
                then 1 else -1 end as step
    from events
    where kind in ('loaded', 'restarted', 'ipc_dequeued', 'upcall_dequeued',
                   'upcall_removed', 'task_dropped')
          or kind = 'ipc_queued'
             and (select result from ev_ipc_queued q
                  where q.run_id = events.run_id and q.seq = events.seq) = 'NONE'
          or kind = 'upcall_queued'
             and (select result from ev_upcall_queued u
                  where u.run_id = events.run_id and u.seq = events.seq) = 'NONE'
);
