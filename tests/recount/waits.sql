-- The clock of each wait, what was promised, and what each leg and each visit counts for.

-- In a hall a wait starts at the later of coming, opening (in a break, the next one; after the last closing, none) and
-- appointment; on the telephone, and in later legs, at the entry. It runs to the first call, or, for somebody never called,
-- to the end. Whoever was served or absent without a call was called, and nobody knows when.
create temporary table counted_leg as
select leg.area, leg.kind, leg.visit, leg.leg, visit.day, leg.queue, leg.appointment, called is not null as called, outcome,
       (extract(hour from at_wall) * 2 + floor(extract(minute from at_wall) / 30))::integer as half_hour,
       case when entered is not null and (called is not null or outcome not in ('served', 'no_show')) then
           greatest(extract(epoch from coalesce(called, ended) - starts), 0)::double precision
       end as wait_s,
       case when outcome = 'served' then
           extract(epoch from ended - started)::double precision
       end as service_s
from leg
join visit using (area, visit)
cross join lateral (select coalesce(entered, called, ended, began) at time zone leg.zone as at_wall) as wall
cross join lateral (
    select greatest(
        entered,
        case when leg.kind = 'hall' and leg.leg = 0 then
            (select greatest(entered, min(opens)) from span where span.area = leg.area and span.day = visit.day and closes > entered)
        end,
        leg.appointment
    ) as starts
) as clock
where left_out is null;

-- What was promised in the queue in which a visit began, on its day, if the area had hours then: the queue's own
-- commitment goes before the area's, a later one before an earlier one.
create temporary table in_force as
select distinct on (area, queues.queue, day, measure) area, queues.queue, day, measure, promise, within_s, target
from promise
join (
    select area, queue from counted_leg where queue is not null union select area, queue from configured
) as queues using (area)
join calendar using (area)
where (promise.queue is null or promise.queue = queues.queue) and valid_from <= day and is_open
order by area, queues.queue, day, measure, promise.queue is null, valid_from desc;
create index on in_force (area, queue, day, measure);
analyze in_force;

-- Each visit, with what is judged of its first leg. In a hall: whoever was called, and whoever was not once beyond
-- the time; on the telephone everybody who asked for an agent.
create temporary table counted_visit as
select visit.area, visit.kind, visit.visit, visit.day, first_leg.queue, left_out, informed, not seen_coming as unknown,
       coalesce(
           first_leg.half_hour, extract(hour from at_wall) * 2 + floor(extract(minute from at_wall) / 30)
       )::integer as half_hour,
       first_leg.visit is not null as stood,
       priority = 'priority' as priority, priority = 'appointment' or first_leg.appointment is not null as appointment,
       within_s, first_leg.called, first_leg.wait_s,
       within_s is not null and wait_s is not null
           and (visit.kind = 'switchboard' or first_leg.called or wait_s > within_s) as judged,
       coalesce(answered, false) as answered, total_wait_s, hung_up
from visit
cross join lateral (select began at time zone zone as at_wall) as wall
left join (select * from counted_leg where leg = 0) as first_leg using (area, visit)
left join (select area, queue, day, within_s from in_force where measure = 'within') as promised
    on promised.area = visit.area and promised.queue = first_leg.queue and promised.day = visit.day
left join (
    select area, visit, bool_or(called) as answered,
           sum(wait_s) filter (where called) as total_wait_s
    from counted_leg group by area, visit
) as whole on whole.area = visit.area and whole.visit = visit.visit;
