-- What each newcomer was shown of the wait to come, and how long it then was: predictions are judged by nothing else.

create table forecast (
    site      text        not null,
    area      text        not null,
    queue     text        not null,
    visit     text        not null, -- ticket/… or call/…
    at        timestamptz not null, -- when its customer entered the queue
    method    text        not null, -- simulation, formula
    p10_s     real        not null, -- as shown
    p50_s     real        not null,
    p90_s     real        not null,
    raw10_s   real        not null, -- before the correction that past errors teach
    raw50_s   real        not null,
    raw90_s   real        not null,
    wait_s    real,                 -- from the start of the clock to the first call; null while nobody has called
    cancelled boolean     not null default false, -- printed by mistake or as a test: in no figure
    primary key (site, area, visit)
);

create index forecast_by_time on forecast (site, area, at);
