'scrap_pieces', b.scrap, 'lots', b.lots,
                       'share_percent', round(100.0 * b.scrap / nullif(b.total, 0), 2),
                       'produced_pieces', b.produced,
                       'scrap_rate_percent', round(100.0 * b.scrap / nullif(b.produced, 0), 2),
                       'previous_scrap_pieces', b.before,
                       'previous_scrap_rate_percent', round(100.0 * b.before / nullif(b.produced_before, 0), 2),
                       'change', b.scrap - b.before,
                       'change_percent', round(100.0 * (b.scrap - b.before) / nullif(b.before, 0), 1)
