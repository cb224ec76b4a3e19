-- From events to visits and their legs.

-- In what order facts of one instant follow each other.
create temporary table usual_order (type text primary key, place integer);
insert into usual_order
select type, place from unnest(array[
    'ticket.issued', 'call.received', 'call.informed', 'call.queued',
    'ticket.called', 'ticket.recalled', 'service.started', 'call.answered', 'ticket.no_show',
    'ticket.abandoned', 'service.ended', 'call.abandoned', 'call.overflowed', 'call.ended',
    'ticket.transferred', 'ticket.requeued', 'call.transferred', 'ticket.cancelled'
]) with ordinality as listed (type, place);

-- What was told of each ticket or call, in order.
create temporary table told as
select area, kind, zone, visit, type, at, queue, priority, appointment, counter,
       row_number() over (partition by area, visit order by at, usual_order.place, device, sequence, id) as n
from (
    select area, kind, zone, type, at, device, coalesce(sequence, 0) as sequence, id,
           case when type like 'call.%' then 'call/' || (data ->> 'call') else 'ticket/' || (data ->> 'ticket') end as visit,
           data ->> 'queue' as queue,
           coalesce(data ->> 'priority', 'none') as priority,
           (data ->> 'appointment_at')::timestamptz as appointment,
           data ->> 'counter' as counter
    from journal join place using (site, area)
) as journalled join usual_order using (type);

-- Which of them begin a leg. A ticket: its first fact, and each time that it goes to a queue again. A call: asking for
-- an agent, going to another queue; answered or overflowed without having asked, it was in a line nobody knows.
create temporary table step as
select *, sum(begins::integer) over (partition by area, visit order by n) - 1 as leg
from (
    select *,
           case
               when type like 'call.%' then
                   type = 'call.queued' or (type = 'call.transferred' and queue is not null)
                   or (type in ('call.answered', 'call.overflowed') and lines = 1)
               else n = 1 or type in ('ticket.transferred', 'ticket.requeued')
           end as begins
    from (
        select *, count(*) filter (
            where type in ('call.queued', 'call.answered', 'call.overflowed') or (type = 'call.transferred' and queue is not null)
        ) over (partition by area, visit order by n) as lines
        from told
    ) as counted
) as begun;
create index on step (area, visit, leg, n);
analyze step;

-- Visits. A ticket came when it was issued; where its issue was told long after its first call, nobody knows when.
create temporary table visit_told as
select area, kind, zone, visit,
       min(at) as first_told, max(at) as last_told,
       (array_agg(at order by n) filter (where type in ('ticket.issued', 'call.queued')))[1] as came,
       (array_agg(queue order by n) filter (where type in ('ticket.issued', 'call.queued')))[1] as queue,
       coalesce((array_agg(priority order by n) filter (where type in ('ticket.issued', 'call.queued')))[1], 'none') as priority,
       (array_agg(appointment order by n) filter (where type = 'ticket.issued'))[1] as appointment,
       bool_or(type = 'ticket.cancelled') as cancelled,
       bool_or(type = 'call.informed') as informed,
       bool_or(type in ('call.abandoned', 'call.ended', 'call.overflowed')) as hung_up,
       max(leg) as last_leg
from step group by area, kind, zone, visit;
create index on visit_told (area, visit);

-- Legs: how each began, and what was told in it. Calls, recalls, starts and answers are signs that it goes on; it
-- ended with the first end that was told after the last of these signs.
create temporary table leg_told as
select area, visit, leg,
       (array_agg(type order by n))[1] as began_by,
       (array_agg(at order by n))[1] as began,
       (array_agg(queue order by n))[1] as queue,
       (array_agg(counter order by n))[1] as wanted,
       min(at) filter (where type in ('ticket.called', 'ticket.recalled', 'service.started', 'call.answered')) as called,
       max(at) filter (where type in ('ticket.called', 'ticket.recalled')) as called_last,
       min(at) filter (where type in ('service.started', 'call.answered')) as started,
       max(n) filter (where type in ('ticket.called', 'ticket.recalled', 'service.started', 'call.answered')) as going_on
from step where leg >= 0 group by area, visit, leg;

create temporary table leg_end as
select distinct on (area, visit, leg) area, visit, leg, type as ended_by, at as ended
from step join leg_told using (area, visit, leg)
where n > coalesce(going_on, 0)
  and (type in ('ticket.no_show', 'ticket.abandoned', 'service.ended', 'call.abandoned', 'call.overflowed', 'call.ended')
       or (type = 'call.transferred' and step.queue is null))
order by area, visit, leg, n;

-- The queue of a leg: the one that its beginning names, or, back in line without one, that of the leg before.
create temporary table leg_queue as
select area, visit, leg, first_value(named) over (partition by area, visit, since order by leg) as queue
from (
    select area, visit, leg, named, count(named) over (partition by area, visit order by leg) as since
    from (
        select leg.area, leg.visit, leg.leg, case when leg.leg = 0 then visit.queue else leg.queue end as named
        from leg_told as leg join visit_told as visit using (area, visit)
    ) as names
) as counted;

create temporary table leg as
select area, visit, told.leg, visit.kind, visit.zone, priority, cancelled, last_told, last_leg, leg_queue.queue,
       case when told.leg > 0 then told.wanted end as wanted,
       case when told.leg > 0 then told.began when not unknown then visit.came end as entered,
       case when told.leg = 0 then appointment end as appointment,
       unknown, told.called, coalesce(told.started, told.called_last) as started,
       coalesce(own.ended, next.began) as ended,
       case
           when own.ended_by = 'service.ended' then 'served'
           when own.ended_by = 'ticket.no_show' then 'no_show'
           when own.ended_by = 'ticket.abandoned' then case when told.called is null then 'abandoned' else 'no_show' end
           when own.ended_by in ('call.abandoned', 'call.ended') then case when told.called is null then 'abandoned' else 'served' end
           when own.ended_by = 'call.overflowed' then 'overflowed'
           when own.ended_by = 'call.transferred' then 'passed'
           when next.began_by like '%.transferred' then 'transferred'
           when next.began_by is not null then 'requeued'
       end as outcome
from leg_told as told
join leg_queue using (area, visit, leg)
join visit_told as visit using (area, visit)
join (select area, visit, called as first_called from leg_told where leg = 0) as first_leg using (area, visit)
cross join lateral (
    select came is null or coalesce(came > first_called + interval '5 seconds', false) as unknown
) as coming
left join leg_end as own using (area, visit, leg)
left join (select area, visit, leg - 1 as leg, began, began_by from leg_told) as next using (area, visit, leg);

-- The day of a visit: on which it first stood in a queue, or was first told of. A call outside opening hours is in no figure.
create temporary table visit as
select told.*, began, (began at time zone zone)::date as day, unknown,
       case when cancelled then 'cancelled' when off_hours then 'off_hours' end as left_out
from visit_told as told
left join (select area, visit, entered, unknown from leg where leg = 0) as first_leg using (area, visit)
cross join lateral (select coalesce(first_leg.entered, told.first_told) as began) as beginning
cross join lateral (
    select kind = 'switchboard' and not exists (
        select from span where span.area = told.area and first_told >= opens and first_told < closes
    ) as off_hours
) as hours_of_call;
create unique index on visit (area, visit);
create index on leg (area, visit, leg);
analyze visit;
analyze leg;
