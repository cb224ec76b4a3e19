-- The figures of each month, its days and its half-hours: of the area as a whole (`queue` null) and of each queue.

create temporary table visit_figures as
select area, kind, date_trunc('month', day)::date as month, queue,
       case when grouping(day) = 0 then day end as day,
       case when grouping(half_hour) = 0 then half_hour end as half_hour,
       count(*) filter (where stood and left_out is null) as tickets,
       count(*) filter (where stood and priority and left_out is null) as priority,
       count(*) filter (where stood and appointment and left_out is null) as appointments,
       count(*) filter (where judged) as judged,
       count(*) filter (where judged and called and wait_s <= within_s) as within,
       count(*) filter (where judged and not called and wait_s > within_s) as late_uncalled,
       count(*) filter (where judged and not called and wait_s <= within_s) as short,
       count(*) filter (where stood and answered) as answered,
       count(*) filter (where stood and not answered and left_out is null) as lost,
       avg(total_wait_s) as total_wait_mean_s,
       avg(wait_s) filter (where called) as speed_of_answer_s,
       count(*) filter (where left_out is null) as received,
       count(*) filter (where left_out is null and informed and not stood) as informed,
       count(*) filter (where left_out is null and not informed and not stood and not hung_up) as in_voice_server,
       count(*) filter (where left_out = 'off_hours') as off_hours,
       count(*) filter (where left_out = 'cancelled') as cancelled,
       count(*) filter (where left_out is null and unknown) as arrival_unknown
from (select *, day as of_day from counted_visit) as visits
group by area, kind, date_trunc('month', day), grouping sets (
    (), (day), (half_hour), (queue), (queue, day), (queue, half_hour)
)
having grouping(queue) = 1 or queue is not null;

create temporary table leg_figures as
select area, date_trunc('month', day)::date as month, queue,
       case when grouping(day) = 0 then day end as day,
       case when grouping(half_hour) = 0 then half_hour end as half_hour,
       count(*) as legs,
       count(*) filter (where called) as called,
       count(wait_s) filter (where called) as wait_n_called,
       count(wait_s) as wait_n_all,
       avg(wait_s) filter (where called) as wait_mean_s,
       percentile_cont(0.5) within group (order by floor(wait_s)) filter (where called) as wait_median_s,
       percentile_cont(0.9) within group (order by floor(wait_s)) filter (where called) as wait_p90_s,
       max(wait_s) filter (where called) as wait_max_s,
       count(*) filter (where outcome = 'served') as served,
       count(*) filter (where outcome = 'no_show') as no_show,
       count(*) filter (where outcome = 'abandoned') as abandoned,
       count(*) filter (where outcome = 'presumed') as presumed,
       count(*) filter (where outcome = 'left') as left_at_closing,
       count(*) filter (where outcome = 'transferred') as transferred,
       count(*) filter (where outcome = 'requeued') as requeued,
       count(*) filter (where outcome = 'overflowed') as overflowed,
       count(service_s) as service_n,
       avg(service_s) as service_mean_s,
       max(service_s) as service_max_s
from counted_leg
group by area, date_trunc('month', day), grouping sets (
    (), (day), (half_hour), (queue), (queue, day), (queue, half_hour)
)
having grouping(queue) = 1 or queue is not null;

-- Kaplan-Meier of the waits of calls, in whole seconds: an answer is an event, any other end is censored, and of one
-- second those answered come first. `after`: the share that waits longer.
create aggregate pg_temp.product(double precision) (sfunc = float8mul, stype = double precision, initcond = '1');

create temporary table curve as
select *, pg_temp.product(1 - events::double precision / at_risk) over (cell order by second) as after
from (
    select *, sum(events + censored) over (partition by area, month, queue, day, half_hour order by second desc) as at_risk
    from (
        select area, date_trunc('month', day)::date as month, queue,
               case when grouping(day) = 0 then day end as day,
               case when grouping(half_hour) = 0 then half_hour end as half_hour,
               second, count(*) filter (where called) as events, count(*) filter (where not called) as censored
        from (select *, floor(wait_s) as second from counted_leg where kind = 'switchboard' and wait_s is not null) as waits
        group by area, date_trunc('month', day), second, grouping sets (
            (), (day), (half_hour), (queue), (queue, day), (queue, half_hour)
        )
        having grouping(queue) = 1 or queue is not null
    ) as seconds
) as at_risk
window cell as (partition by area, month, queue, day, half_hour);

-- The mean is the area under the curve up to the longest wait seen; a quantile, the shortest wait within which the share
-- was answered. Without an answer neither is known.
create temporary table survival as
select area, month, queue, day, half_hour,
       case when sum(events) > 0 then sum(before * (second - coalesce(previous, 0))) end as mean_s,
       min(second) filter (where events > 0 and after <= 0.5 + 1e-12) as median_s,
       min(second) filter (where events > 0 and after <= 0.1 + 1e-12) as p90_s
from (
    select *, coalesce(lag(after) over cell, 1) as before, lag(second) over cell as previous
    from curve window cell as (partition by area, month, queue, day, half_hour order by second)
) as steps
group by area, month, queue, day, half_hour;

analyze visit_figures;
analyze leg_figures;
analyze survival;
