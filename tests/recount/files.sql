-- What should stand in the machine files: their columns by their names, of each month, each of its days and half-hours.

-- Every queue that is configured or that somebody was in has a row of the month; days and half-hours only where anybody was.
create temporary table rows as
select area, month, queue, day, half_hour from visit_figures
union select area, month, queue, day, half_hour from leg_figures
union select area, month, queue, null, null from configured cross join (select distinct month from visit_figures) as months
union select area, month, null, null, null from place cross join (select distinct month from visit_figures) as months;

create temporary view found as
select rows.area, place.kind, place.name as area_name, coalesce(configured.name, rows.queue) as queue_name,
        rows.month, rows.queue, rows.day, rows.half_hour, rows.queue is null as whole,
       coalesce(tickets, 0) as tickets, coalesce(priority, 0) as priority, coalesce(appointments, 0) as appointments,
       coalesce(judged, 0) as judged, coalesce(within, 0) as within, coalesce(late_uncalled, 0) as late_uncalled,
       coalesce(short, 0) as short, coalesce(answered, 0) as answered, coalesce(lost, 0) as lost,
       total_wait_mean_s, speed_of_answer_s,
       coalesce(received, 0) as received, coalesce(informed, 0) as informed, coalesce(in_voice_server, 0) as in_voice_server,
       coalesce(off_hours, 0) as off_hours, coalesce(cancelled, 0) as cancelled, coalesce(arrival_unknown, 0) as arrival_unknown,
       coalesce(legs, 0) as legs, coalesce(called, 0) as called,
       coalesce(wait_n_called, 0) as wait_n_called, coalesce(wait_n_all, 0) as wait_n_all,
       wait_mean_s, wait_median_s, wait_p90_s, wait_max_s,
       coalesce(served, 0) as served, coalesce(no_show, 0) as no_show, coalesce(abandoned, 0) as abandoned,
       coalesce(presumed, 0) as presumed, coalesce(left_at_closing, 0) as left_at_closing,
       coalesce(transferred, 0) as transferred, coalesce(requeued, 0) as requeued, coalesce(overflowed, 0) as overflowed,
       coalesce(service_n, 0) as service_n, service_mean_s, service_max_s,
       mean_s, median_s, p90_s
from rows
join place on place.area = rows.area
left join configured on (configured.area, configured.queue) = (rows.area, rows.queue)
left join visit_figures as v on (v.area, v.month) = (rows.area, rows.month) and v.queue is not distinct from rows.queue
    and v.day is not distinct from rows.day and v.half_hour is not distinct from rows.half_hour
left join leg_figures as l on (l.area, l.month) = (rows.area, rows.month) and l.queue is not distinct from rows.queue
    and l.day is not distinct from rows.day and l.half_hour is not distinct from rows.half_hour
left join survival as s on (s.area, s.month) = (rows.area, rows.month) and s.queue is not distinct from rows.queue
    and s.day is not distinct from rows.day and s.half_hour is not distinct from rows.half_hour;

create temporary table attentes as
select to_char(month, 'YYYY-MM') as mois, area as zone, area_name as zone_nom, queue as file, queue_name as file_nom,
       day as jour, to_char(make_time(half_hour / 2, half_hour % 2 * 30, 0), 'HH24:MI') as demi_heure,
       tickets, priority as prioritaires, appointments as rendez_vous, judged as juges, within as dans_le_delai,
       within::double precision / nullif(judged, 0) as taux_dans_le_delai,
       late_uncalled as hors_delai_jamais_appeles,
       within::double precision / nullif(judged - late_uncalled, 0) as taux_dans_le_delai_appeles,
       total_wait_mean_s as attente_totale_moyenne_s,
       legs as attentes, called as appeles, wait_n_called as attentes_connues,
       wait_mean_s as attente_moyenne_s, wait_median_s as attente_mediane_s, wait_p90_s as attente_p90_s, wait_max_s as attente_max_s,
       served as servis, no_show as absents, abandoned as abandons, presumed as abandons_presumes,
       left_at_closing as fins_de_journee, transferred as reorientes, requeued as remis_en_file,
       service_n as prises_en_charge, service_mean_s as duree_moyenne_s, service_max_s as duree_max_s,
       case when whole then cancelled end as annules, case when whole then arrival_unknown end as arrivees_inconnues
from found where kind = 'hall';

create temporary table appels as
select to_char(month, 'YYYY-MM') as mois, area as zone, area_name as zone_nom, queue as file, queue_name as file_nom,
       day as jour, to_char(make_time(half_hour / 2, half_hour % 2 * 30, 0), 'HH24:MI') as demi_heure,
       case when whole then received end as recus, case when whole then informed end as informes_svi,
       case when whole then in_voice_server end as restes_svi, case when whole then off_hours end as hors_horaires,
       tickets as presentes, answered as decroches, lost as perdus,
       answered::double precision / nullif(answered + lost, 0) as taux_decroche_agent,
       case when whole then (answered + informed)::double precision
           / nullif(received - in_voice_server - (tickets - answered - lost), 0) end as taux_decroche_global,
       lost::double precision / nullif(answered + lost, 0) as taux_perdus,
       judged as juges, within as dans_le_delai, short as partis_dans_le_delai,
       within::double precision / nullif(judged - short, 0) as taux_dans_le_delai_c,
       within::double precision / nullif(judged, 0) as taux_dans_le_delai_b,
       abandoned as abandons, presumed as abandons_presumes, overflowed as debordes, transferred as transferes,
       left_at_closing as fins_de_journee, wait_n_all as attentes,
       mean_s as attente_moyenne_s, median_s as attente_mediane_s, p90_s as attente_p90_s, wait_max_s as attente_max_s,
       speed_of_answer_s as decroche_moyen_s,
       service_n as conversations, service_mean_s as duree_moyenne_s, service_max_s as duree_max_s
from found where kind = 'switchboard';
