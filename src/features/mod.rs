//! Numbers about events, from counts.
