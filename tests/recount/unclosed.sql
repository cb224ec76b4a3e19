-- Tickets and calls that nobody closed: presumed abandoned, or left at closing.

-- Where each stood in which line, from when on: who came with an appointment, from the later of coming and appointment. A
-- ticket whose issue was not seen is compared with none; nor is one that is in no figure.
create temporary table standing as
select leg.area, leg.visit, leg.leg, visit.day, leg.queue, leg.priority, coalesce(wanted, '') as wanted,
       case when entered is not null then greatest(entered, leg.appointment) end as came,
       called
from leg join visit using (area, visit)
where left_out is null and leg.seen_coming and leg.queue is not null;
create index on standing (area, queue, priority, wanted, came);
analyze standing;

-- When each is left, unless something else comes first: so long after closing, or after it was heard of last, but at
-- midnight at the latest. Where it then ends: at closing, or when it was heard of last.
create temporary table left_open as
select leg.area, leg.visit, leg.leg, leg.called,
       least(greatest(closing, last_told) + left_after, ends) as left_at,
       greatest(closing, last_told) as ended,
       overtaken_by, overtaken_for
from leg
join (select area, visit, day, left_out from visit) as visit using (area, visit)
join calendar using (area, day)
join place using (area)
where leg.leg = last_leg and outcome is null and left_out is null;

-- The call by which each was overtaken.
create temporary table overtaken as
select area, visit, leg, mine.day, overtaken_for, left_at, fifth
from left_open join standing as mine using (area, visit, leg) cross join lateral (
    select at as fifth from (
        select min(greatest(theirs.called, theirs.came)) as at
        from standing as theirs
        where (theirs.area, theirs.queue, theirs.priority, theirs.wanted) = (mine.area, mine.queue, mine.priority, mine.wanted)
          and theirs.came > mine.came and theirs.day = mine.day
          and theirs.called is not null
        group by theirs.visit
    ) as calls
    order by at offset overtaken_by - 1 limit 1
) as calls
where left_open.called is null;

-- Presumed abandoned: the time had passed, breaks left out, before it was left at closing.
create temporary table presumed as
select area, visit, leg, fifth
from overtaken
where left_at - fifth - coalesce((
    select sum(greatest(least(later.opens, left_at) - greatest(earlier.closes, fifth), interval '0'))
    from span as earlier join span as later using (area, day)
    where earlier.area = overtaken.area and earlier.day = overtaken.day
      and later.opens = (select min(opens) from span where area = overtaken.area and day = overtaken.day and opens >= earlier.closes)
), interval '0') >= overtaken_for;

update leg set outcome = 'presumed', ended = fifth
from presumed where (presumed.area, presumed.visit, presumed.leg) = (leg.area, leg.visit, leg.leg);

update leg set outcome = 'left', ended = left_open.ended
from left_open where (left_open.area, left_open.visit, left_open.leg) = (leg.area, leg.visit, leg.leg) and outcome is null;
