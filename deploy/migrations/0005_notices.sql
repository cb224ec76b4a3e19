-- What supervisors decide: the message of an area, and other hours of a date than are configured. Append-only: the last
-- row of a subject is in force, unless it takes back the one before.

create table notice (
    site   text        not null,
    number bigint      generated always as identity,
    area   text        not null,
    date   date,                 -- whose hours they are; null: the message
    spans  jsonb       not null, -- when it is open on that date; empty: closed all day
    text   text        not null, -- what the public is told
    until  timestamptz,          -- of a message; null: until it is taken down
    who    text        not null,
    at     timestamptz not null,
    lifted boolean     not null,
    primary key (site, number)
);

create index notice_by_subject on notice (site, area, date, number);
