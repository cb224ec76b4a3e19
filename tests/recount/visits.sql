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

-- Which of them begin a leg: the first fact of a ticket, a call that asks for an agent, whatever goes to a queue or back
-- in line. A call that is answered, overflows or is passed outside without having asked was in a line that nobody knows.
create temporary table step as
select *, sum(begins::integer) over (partition by area, visit order by n) - 1 as leg
from (
    select *, asked or (outside and sum(outside::integer) over (partition by area, visit order by n) = 1
                        and not bool_or(asked) over (partition by area, visit order by n)) as begins
    from (
        select *,
               (type like 'call.%' and (type = 'call.queued' or (type = 'call.transferred' and queue is not null)))
               or (type not like 'call.%' and (n = 1 or type in ('ticket.transferred', 'ticket.requeued'))) as asked,
               type in ('call.answered', 'call.overflowed') or (type = 'call.transferred' and queue is null) as outside
        from told
    ) as looked_at
) as begun;
create index on step (area, visit, leg, n);
analyze step;

-- Visits. A ticket came when it was issued; where its issue was told long after its first call, nobody knows when.
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
       max(n) filter (where type in ('ticket.called', 'ticket.recalled')) as called_last_n,
       max(n) filter (where type in ('ticket.called', 'ticket.recalled', 'service.started', 'call.answered')) as going_on
from step where leg >= 0 group by area, visit, leg;

-- Service began with the first start after the last call; where none was told, with that call.
create temporary table leg_start as
select area, visit, leg, min(at) as started
from step join leg_told using (area, visit, leg)
where n > coalesce(called_last_n, 0) and type in ('service.started', 'call.answered')
group by area, visit, leg;

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
        select leg.area, leg.visit, leg.leg, case when leg.leg = 0 then coalesce(leg.queue, issued_for) else leg.queue end as named
        from leg_told as leg join visit_told as visit using (area, visit)
    ) as names
) as counted;

create temporary table leg as
select area, visit, told.leg, visit.kind, visit.zone, priority, cancelled, last_told, last_leg, leg_queue.queue,
       case when told.leg > 0 then told.wanted end as wanted,
       case
           when told.began_by in ('ticket.transferred', 'ticket.requeued', 'call.queued', 'call.overflowed')
               or told.began_by = 'call.transferred' and told.queue is not null then told.began
           when issued_n = 1 then issued
           when issued <= told.called + interval '5 seconds' then told.called
       end as entered,
       case when told.leg = 0 then appointment end as appointment,
       seen_coming, told.called, coalesce(first_start.started, told.called_last) as started,
       coalesce(own.ended, next.began) as ended,
       case
           when own.ended_by = 'service.ended' then 'served'
           when own.ended_by = 'ticket.no_show' then 'no_show'
           when own.ended_by in ('ticket.abandoned', 'call.abandoned', 'call.ended') then
               -- in line; from a service or a talk; called and gone
               case when told.called is null then 'abandoned' when first_start.started is not null then 'served' else 'no_show' end
           when own.ended_by = 'call.overflowed' then 'overflowed'
           when own.ended_by = 'call.transferred' then 'transferred'
           when next.began_by = 'ticket.requeued' then 'requeued'
           when next.began_by is not null then 'transferred'
       end as outcome
from leg_told as told
join leg_queue using (area, visit, leg)
join visit_told as visit using (area, visit)
left join leg_end as own using (area, visit, leg)
left join leg_start as first_start using (area, visit, leg)
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
