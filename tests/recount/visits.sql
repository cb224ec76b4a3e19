-- From events to visits and their legs.

-- What facts say of a ticket or a call, and in what order those of one instant follow each other. A `call` and a `start`
-- are signs that it goes on; an `end` is its end, unless such a sign comes after it.
create temporary table vocabulary (type text primary key, says text, place integer);
insert into vocabulary
select type, says, row_number() over ()
from (values
    ('ticket.issued', 'come'), ('call.received', null), ('call.informed', null), ('call.queued', 'come'),
    ('ticket.called', 'call'), ('ticket.recalled', 'call'), ('service.started', 'start'), ('call.answered', 'start'),
    ('ticket.no_show', 'end'), ('ticket.abandoned', 'end'), ('service.ended', 'end'),
    ('call.abandoned', 'end'), ('call.overflowed', 'end'), ('call.ended', 'end'),
    ('ticket.transferred', 'move'), ('ticket.requeued', 'move'), ('call.transferred', 'move'), ('ticket.cancelled', null)
) as listed (type, says);

-- What was told of each ticket or call. After a whole day in which nothing was told of it, it is another one, which nobody
-- has seen coming; and nothing counts that was told of one later than the day after its first.
create temporary table heard_of as
select *, sum((silence > 1)::integer) over (partition by area, name order by at) as life
from (
    select *, coalesce(day - lag(day) over (partition by area, name order by at), 0) as silence
    from (
        select area, kind, zone, type, at, (at at time zone zone)::date as day, device, coalesce(sequence, 0) as sequence, id,
               case when type like 'call.%' then 'call/' || (data ->> 'call') else 'ticket/' || (data ->> 'ticket') end as name,
               data ->> 'queue' as queue,
               coalesce(data ->> 'priority', 'none') as priority,
               (data ->> 'appointment_at')::timestamptz as appointment,
               data ->> 'counter' as counter
        from journal join place using (site, area) join vocabulary using (type)
    ) as journalled
) as spoken_of;

-- The same, in order. A call transferred to no queue was passed outside: that is an end.
create temporary table told as
select area, kind, zone, visit, type, at, queue, priority, appointment, counter,
       case when type = 'call.transferred' and queue is null then 'end' else says end as says,
       row_number() over (partition by area, visit order by at, place, device, sequence, id) as n
from (
    select *, case when life = 0 then name else name || '/' || life end as visit,
           min(day) over (partition by area, name, life) as first_day
    from heard_of
) as lives join vocabulary using (type)
where day <= first_day + 1;

-- Which of them begin a leg: to be sent to a queue or back in line; of a ticket its first fact, whichever (that it is
-- cancelled apart); of a call, that an agent is asked for. A call that is answered, overflows or is passed outside and
-- never asked was in a line that nobody knows.
create temporary table step as
select *, sum(begins::integer) over (partition by area, visit order by n) - 1 as leg
from (
    select *, enters or (unasked and sum((enters or unasked)::integer) over (partition by area, visit order by n) = 1) as begins
    from (
        select *,
               coalesce(says = 'move' or type = 'call.queued', false) or (type not like 'call.%' and n = first_n) as enters,
               type in ('call.answered', 'call.overflowed', 'call.transferred') as unasked
        from (
            select *, min(n) filter (where type <> 'ticket.cancelled') over (partition by area, visit) as first_n from told
        ) as numbered
    ) as looked_at
) as begun;
create index on step (area, visit, leg, n);
analyze step;

-- Visits. Of a ticket issued twice the first issue counts; of a call queued twice, the last priority.
create temporary table visit_told as
select area, kind, zone, visit,
       min(at) as first_told, max(at) as last_told,
       (array_agg(at order by n) filter (where type = 'ticket.issued'))[1] as issued,
       (array_agg(n order by n) filter (where type = 'ticket.issued'))[1] as issued_n,
       (array_agg(queue order by n) filter (where type = 'ticket.issued'))[1] as issued_for,
       coalesce(
           (array_agg(priority order by n) filter (where type = 'ticket.issued'))[1],
           (array_agg(priority order by n desc) filter (where type = 'call.queued'))[1], 'none') as priority,
       (array_agg(appointment order by n) filter (where type = 'ticket.issued'))[1] as appointment,
       bool_or(type in ('ticket.issued', 'call.received', 'call.queued')) as seen_coming,
       bool_or(type = 'ticket.cancelled') as cancelled,
       bool_or(type = 'call.informed') as informed,
       bool_or(type in ('call.abandoned', 'call.ended')) as hung_up,
       max(leg) as last_leg
from step group by area, kind, zone, visit;
create index on visit_told (area, visit);

-- Legs: how each began, and what was told in it. A service told without a call began with one.
create temporary table leg_told as
select area, visit, leg,
       min(n) as began_n, min(at) as began,
       (array_agg(type order by n))[1] as began_by,
       (array_agg(queue order by n))[1] as queue,
       (array_agg(counter order by n))[1] as wanted,
       min(at) filter (where says in ('call', 'start')) as called,
       min(n) filter (where says in ('call', 'start')) as called_n,
       max(at) filter (where says = 'call') as called_last,
       max(n) filter (where says in ('call', 'start')) as going_on
from step where leg >= 0 group by area, visit, leg;

-- Service began with the first start after the last call, and a start that follows an end is a call by itself.
create temporary table leg_start as
select area, visit, leg, min(at) as started
from (
    select *, max(n) filter (where says = 'call' or follows = 'end') over (partition by area, visit, leg) as again_n
    from (
        select area, visit, leg, n, at, says, lag(says) over (partition by area, visit, leg order by n) as follows
        from step where says in ('call', 'start', 'end')
    ) as telling
    where says in ('call', 'start')
) as signs
where says = 'start' and n >= coalesce(again_n, 0)
group by area, visit, leg;

-- It ended with the first end after the last sign that it goes on.
create temporary table leg_end as
select distinct on (area, visit, leg) area, visit, leg, type as ended_by, at as ended
from step join leg_told using (area, visit, leg)
where says = 'end' and n > coalesce(going_on, 0)
order by area, visit, leg, n;

-- The queue of a leg: the one that its beginning names, or, back in line without one, that of the leg before.
create temporary table leg_queue as
select area, visit, leg, first_value(named) over (partition by area, visit, since order by leg) as queue
from (
    select area, visit, leg, named, count(named) over (partition by area, visit order by leg) as since
    from (
        select area, visit, leg, case when leg = 0 then coalesce(leg_told.queue, issued_for) else leg_told.queue end as named
        from leg_told join visit_told using (area, visit)
    ) as names
) as counted;

-- `entered` is null where nobody knows when it came: nothing was told before its call; or its issue was told of after
-- that by more than clocks may be apart. (By less, it waited nothing.) Abandoned in line is an abandonment, from a service
-- or a talk a service that ended, after a call a no-show.
create temporary table leg as
select area, visit, told.leg, visit.kind, visit.zone, priority, cancelled, last_told, last_leg, leg_queue.queue,
       case when told.leg > 0 then told.wanted end as wanted,
       case
           when told.leg = 0 and issued_n > told.began_n then
               case when told.called_n < issued_n and issued <= told.called + interval '5 seconds' then told.called end
           when told.began_by in ('ticket.issued', 'call.queued', 'ticket.transferred', 'ticket.requeued', 'call.overflowed')
               or (told.began_by = 'call.transferred' and told.queue is not null) then told.began
       end as entered,
       case when told.leg = 0 then appointment end as appointment,
       seen_coming, told.called, coalesce(started, told.called_last) as started,
       coalesce(own.ended, next.began) as ended,
       case
           when own.ended_by = 'service.ended' then 'served'
           when own.ended_by = 'ticket.no_show' then 'no_show'
           when own.ended_by in ('ticket.abandoned', 'call.abandoned', 'call.ended') then
               case when told.called is null then 'abandoned' when started is not null then 'served' else 'no_show' end
           when own.ended_by = 'call.overflowed' then 'overflowed'
           when own.ended_by = 'call.transferred' then 'transferred'
           when next.began_by = 'ticket.requeued' then 'requeued'
           when next.began_by is not null then 'transferred'
       end as outcome
from leg_told as told
join leg_queue using (area, visit, leg)
join visit_told as visit using (area, visit)
left join leg_end as own using (area, visit, leg)
left join leg_start using (area, visit, leg)
left join (select area, visit, leg - 1 as leg, began, began_by from leg_told) as next using (area, visit, leg);

-- An appointment a day or more from the coming is none: some devices say 0001-01-01 for "none".
update leg set appointment = null
where appointment <= entered - interval '24 hours' or appointment >= entered + interval '24 hours' or entered is null;

-- The day of a visit: on which it first stood in a queue (where its entry is not known, on which it was first called, or
-- ended), or was first told of. A call outside opening hours is in no figure.
create temporary table visit as
select told.*, began, (began at time zone zone)::date as day,
       case when cancelled then 'cancelled' when off_hours then 'off_hours' end as left_out
from visit_told as told
left join (select area, visit, coalesce(entered, called, ended) as stood from leg where leg = 0) as first_leg using (area, visit)
cross join lateral (select coalesce(stood, first_told) as began) as beginning
cross join lateral (
    select kind = 'switchboard' and not exists (
        select from span where span.area = told.area and began >= opens and began < closes
    ) as off_hours
) as hours_of_call;
create unique index on visit (area, visit);
create index on leg (area, visit, leg);
analyze visit;
analyze leg;
