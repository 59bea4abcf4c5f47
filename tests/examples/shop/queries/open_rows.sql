SELECT leg, source_key, fate, code, column_name, value FROM crosswalk.rejects WHERE state = 'open' ORDER BY ALL
