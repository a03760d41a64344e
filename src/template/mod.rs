//! Masked sequences to event templates.
