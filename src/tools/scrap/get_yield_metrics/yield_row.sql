'pieces', {{pieces}},
                           'confidence_low_percent', {{low}},
                           'confidence_high_percent', {{high}},
                           'previous_produced', coalesce(b.produced, 0),
                           'previous_first_pass_yield_percent', round(100.0 * b.good / nullif(b.produced, 0), 2),
                           'change_points', round(100.0 * n.good / nullif(n.produced, 0)
                                                  - 100.0 * b.good / nullif(b.produced, 0), 2)
