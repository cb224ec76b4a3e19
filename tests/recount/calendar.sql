-- Hours by the wall clock become instants: days are those of the place, and last 23, 24 or 25 hours.

insert into span
select area, day, (day + opens) at time zone zone, (day + closes) at time zone zone
from hours join place using (area);

update calendar set
    starts = day::timestamp at time zone zone,
    ends = (day + 1)::timestamp at time zone zone
from place where place.area = calendar.area;

-- the last closing of the day; its end where it has no hours
update calendar set
    is_open = exists (select from span where span.area = calendar.area and span.day = calendar.day),
    closing = coalesce((select max(closes) from span where span.area = calendar.area and span.day = calendar.day), ends);

create index on span (area, day);
create unique index on calendar (area, day);
analyze span;
analyze calendar;
