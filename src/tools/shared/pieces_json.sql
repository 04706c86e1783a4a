json_build_object('produced', coalesce(n.produced, 0), 'good', coalesce(n.good, 0), 'scrap', coalesce(n.scrap, 0),
                  'rework', coalesce(n.rework, 0),
                  'first_pass_yield_percent', round(100.0 * n.good / nullif(n.produced, 0), 2),
                  'scrap_rate_percent', round(100.0 * n.scrap / nullif(n.produced, 0), 2),
                  'rework_rate_percent', round(100.0 * n.rework / nullif(n.produced, 0), 2))
