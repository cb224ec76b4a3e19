-- The file of promises: each commitment and target in the open days of a month on which it was in force, for all queues
-- that have it together (`queue` null), then for each of them, where the area has several.

-- the queues that an area has in a month: those configured, and every other that somebody was in
create temporary table month_queue as
select area, queue, month from configured cross join (select distinct month from visit_figures) as months
union
select area, queue, month from rows where queue is not null;

-- the days of which anything was heard
create temporary table heard as
select distinct area, day from visit;

-- of each day, queue and promise, numerator and denominator by indicator
create temporary table kept_day as
select in_force.area, month_queue.month, in_force.queue, in_force.day, promise, measure, within_s, target,
       coalesce(judged, 0) as judged, coalesce(within, 0) as within, coalesce(short, 0) as short,
       coalesce(answered, 0) as answered, coalesce(lost, 0) as lost,
       heard.day is not null as heard
from in_force
join month_queue on (month_queue.area, month_queue.queue) = (in_force.area, in_force.queue)
    and month_queue.month = date_trunc('month', in_force.day)
left join visit_figures as figures
    on (figures.area, figures.queue, figures.day) = (in_force.area, in_force.queue, in_force.day)
left join heard on (heard.area, heard.day) = (in_force.area, in_force.day);

create temporary table kept_indicator as
select area, month, queue, day, promise, within_s, target, heard, indicator, count, of_all
from kept_day join place using (area) cross join lateral (values
    ('appel_dans_le_delai', measure = 'within' and kind = 'hall', within, judged),
    ('decroche_dans_le_delai_c', measure = 'within' and kind = 'switchboard', within, judged - short),
    ('decroche_dans_le_delai_b', measure = 'within' and kind = 'switchboard', within, judged),
    ('decroche_agent', measure = 'answer_rate', answered, answered + lost),
    ('perdus', measure = 'lost_rate', lost, answered + lost)
) as indicators (indicator, told, count, of_all)
where told;

create temporary table kept_part as
select area, month, case when grouping(queue) = 0 then queue end as queue, promise, indicator, day,
       min(within_s) as within_s, min(target) as target, bool_and(heard) as heard,
       sum(count)::double precision as count, sum(of_all)::double precision as of_all
from kept_indicator
group by area, month, promise, indicator, day, grouping sets ((), (queue))
having grouping(queue) = 1
    or (select count(*) from month_queue where (month_queue.area, month_queue.month) = (kept_indicator.area, kept_indicator.month)) > 1;

-- Where open days were not heard of the month is a sample: 95 % confidence, days in the place of customers. Standard
-- error on the log-odds by leaving out each day in turn (jackknife), Student's t; where all days have the same share,
-- each counts as one customer, by Wilson's formula.
create temporary table kept_sample as
select area, month, queue, promise, indicator, days, count, of_all,
       bool_and(k * of_all = count * n) as alike,
       sqrt((days - 1) / days * sum((estimate - middle) ^ 2)) as error
from (
    select area, month, queue, promise, indicator, k, n, days, count, of_all, estimate,
           avg(estimate) over part as middle
    from (
        select area, month, queue, promise, indicator, day, count as k, of_all as n,
               (count(*) over part)::double precision as days,
               sum(count) over part as count, sum(of_all) over part as of_all,
               ln((sum(count) over part - count + 0.5) / (sum(of_all) over part - sum(count) over part - of_all + count + 0.5)) as estimate
        from kept_part where of_all > 0
        window part as (partition by area, month, queue, promise, indicator)
    ) as counted
    window part as (partition by area, month, queue, promise, indicator)
) as left_out
group by area, month, queue, promise, indicator, days, count, of_all;

create temporary table kept_interval as
select area, month, queue, promise, indicator,
       case when alike then (p + t ^ 2 / (2 * days) - t * sqrt(p * (1 - p) / days + t ^ 2 / (4 * days ^ 2))) / (1 + t ^ 2 / days)
            else 1 / (1 + exp(t * error - ln(p / (1 - p)))) end as low,
       case when alike then (p + t ^ 2 / (2 * days) + t * sqrt(p * (1 - p) / days + t ^ 2 / (4 * days ^ 2))) / (1 + t ^ 2 / days)
            else 1 / (1 + exp(-t * error - ln(p / (1 - p)))) end as high
from (select *, count / of_all as p from kept_sample where days > 1) as shares
join student on degrees = days - 1;

create temporary table engagements as
select to_char(part.month, 'YYYY-MM') as mois, part.area as zone, place.name as zone_nom,
       part.queue as file, coalesce(min(configured.name), part.queue) as file_nom, part.indicator as indicateur,
        min(day) as du, max(day) as au,
       count(*) filter (where of_all > 0) as jours, min(part.within_s) as delai_s,
       sum(count)::bigint as numerateur, sum(of_all)::bigint as denominateur,
       sum(count) / nullif(sum(of_all), 0) as valeur, min(part.target) as cible,
       case when part.indicator = 'perdus' then 'au plus' else 'au moins' end as sens,
       case
           when sum(of_all) = 0 then null
           when part.indicator = 'perdus' then sum(count)::numeric <= min(part.target)::numeric * sum(of_all)::numeric
           else sum(count)::numeric >= min(part.target)::numeric * sum(of_all)::numeric
       end as atteinte,
       provenance, provenance ilike '%à confirmer%' as a_confirmer, valid_from as en_vigueur_depuis,
       case when not bool_and(heard) then min(low) end as intervalle_bas,
       case when not bool_and(heard) then min(high) end as intervalle_haut
from kept_part as part
join place on place.area = part.area
join promise on promise.promise = part.promise
left join configured on (configured.area, configured.queue) = (part.area, part.queue)
left join kept_interval as sample
    on (sample.area, sample.month, sample.promise, sample.indicator) = (part.area, part.month, part.promise, part.indicator)
    and sample.queue is not distinct from part.queue
group by part.month, part.area, place.name, part.queue, part.indicator, part.promise, provenance, valid_from;
