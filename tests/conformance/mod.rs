//! The conformance suite: one test per law and model. A model that is added to
//! the registry and not to the list below fails a test here.

mod arrivals;
mod bench;
pub(crate) mod cell;
mod endings;
mod exceptions;
mod faults;
mod files;
mod flow;
mod offload;
mod requests;
mod responsive;
mod sleepers;
mod stations;
mod subprocess;
mod timers;
mod units;

/// One module a model, one test a law.
macro_rules! conformance {
    ($($(#[$with:meta])* $model:ident = $name:literal;)*) => {
        $($(#[$with])* mod $model {
            const MODEL: &str = $name;

            #[test]
            fn bakes_every_cake_once_and_right() {
                crate::conformance::flow::bakes_every_cake_once_and_right(MODEL);
            }

            #[test]
            fn fetches_every_page_once_and_right() {
                crate::conformance::flow::fetches_every_page_once_and_right(MODEL);
            }

            #[test]
            fn every_method_is_answered_right() {
                crate::conformance::flow::every_method_is_answered_right(MODEL);
            }

            #[test]
            fn hands_on_in_order_and_at_a_shared_rate() {
                crate::conformance::flow::hands_on_in_order_and_at_a_shared_rate(MODEL);
            }

            #[test]
            fn serves_what_comes_from_outside() {
                crate::conformance::arrivals::serves_what_comes_from_outside(MODEL);
            }

            #[test]
            fn ends_where_one_that_came_from_outside_fails() {
                crate::conformance::arrivals::ends_where_one_that_came_from_outside_fails(MODEL);
            }

            #[test]
            fn carries_a_payload_to_every_order() {
                crate::conformance::flow::carries_a_payload_to_every_order(MODEL);
            }

            #[test]
            fn computes_orders_of_all_sizes() {
                crate::conformance::flow::computes_orders_of_all_sizes(MODEL);
            }

            #[test]
            fn keeps_every_stations_capacity() {
                crate::conformance::stations::keeps_every_stations_capacity(MODEL);
            }

            #[test]
            fn keeps_every_hosts_cap() {
                crate::conformance::stations::keeps_every_hosts_cap(MODEL);
            }

            #[test]
            fn reaches_its_concurrency_and_never_exceeds_it() {
                crate::conformance::units::reaches_its_concurrency_and_never_exceeds_it(MODEL);
            }

            #[test]
            fn owns_the_declared_threads_and_no_others() {
                crate::conformance::units::owns_the_declared_threads_and_no_others(MODEL);
            }

            #[test]
            fn a_truncated_response_is_a_clear_error() {
                crate::conformance::faults::a_truncated_response_is_a_clear_error(MODEL);
            }

            #[test]
            fn a_reset_connection_is_a_clear_error() {
                crate::conformance::faults::a_reset_connection_is_a_clear_error(MODEL);
            }

            #[test]
            fn a_500_is_a_clear_error() {
                crate::conformance::faults::a_500_is_a_clear_error(MODEL);
            }

            #[test]
            fn a_silent_server_is_a_clear_error() {
                crate::conformance::faults::a_silent_server_is_a_clear_error(MODEL);
            }

            #[test]
            fn a_slow_drip_is_no_error_but_a_timeout_is() {
                crate::conformance::faults::a_slow_drip_is_no_error_but_a_timeout_is(MODEL);
            }

            #[test]
            fn a_killed_server_is_a_clear_error() {
                crate::conformance::faults::a_killed_server_is_a_clear_error(MODEL);
            }

            #[test]
            fn leaves_nothing_behind_after_stop() {
                crate::conformance::endings::leaves_nothing_behind_after_stop(MODEL);
            }

            #[test]
            fn dies_with_its_harness() {
                crate::conformance::endings::dies_with_its_harness(MODEL);
            }

            #[test]
            fn makes_every_call_that_blocks() {
                crate::conformance::offload::makes_every_call_that_blocks(MODEL);
            }

            #[test]
            fn reads_and_writes_every_file() {
                crate::conformance::files::reads_and_writes_every_file(MODEL);
            }

            #[test]
            fn asks_every_program_and_leaves_none() {
                crate::conformance::subprocess::asks_every_program_and_leaves_none(MODEL);
            }

            #[test]
            fn says_why_it_cannot() {
                crate::conformance::offload::says_why_it_cannot(MODEL);
            }

            #[test]
            fn serves_others_beside_a_hog() {
                crate::conformance::responsive::serves_others_beside_a_hog(MODEL);
            }

            #[test]
            fn fires_and_gives_up_timers() {
                crate::conformance::timers::fires_and_gives_up_timers(MODEL);
            }

            #[test]
            fn sends_exactly_the_requests_it_should() {
                crate::conformance::requests::sends_exactly_the_requests_it_should(MODEL);
            }

            #[test]
            fn wakes_everybody_once_and_not_too_early() {
                crate::conformance::sleepers::wakes_everybody_once_and_not_too_early(MODEL);
            }
        })*

        /// The models with a module here.
        const COVERED: &[&str] = &[$($(#[$with])* $name),*];
    };
}

conformance! {
    sequential = "sequential";
    processes = "processes";
    processes_per_order = "processes-per-order";
    os_threads = "os-threads";
    os_threads_per_order = "os-threads-per-order";
    os_threads_per_order_small_stack = "os-threads-per-order-small-stack";
    #[cfg(feature = "rayon")] rayon = "rayon";
    #[cfg(feature = "rayon")] rayon_cores = "rayon-cores";
    #[cfg(feature = "crossbeam")] crossbeam = "crossbeam";
    #[cfg(feature = "tokio")] tokio_mt = "tokio-mt";
    #[cfg(feature = "tokio")] tokio_ct = "tokio-ct";
    #[cfg(feature = "tokio")] tokio_mt_per_order = "tokio-mt-per-order";
    #[cfg(feature = "smol")] smol = "smol";
    #[cfg(feature = "smol")] smol_per_order = "smol-per-order";
    #[cfg(feature = "async-std")] async_std = "async-std";
    #[cfg(feature = "tokio")] tokio_local = "tokio-local";
    #[cfg(feature = "smol")] smol_local = "smol-local";
    #[cfg(all(feature = "completion", target_os = "linux"))] compio = "compio";
    #[cfg(all(feature = "completion", target_os = "linux"))] monoio = "monoio";
    #[cfg(feature = "green")] may = "may";
    #[cfg(feature = "callbacks")] mio = "mio";
    #[cfg(feature = "idioms")] tokio_mt_buffered = "tokio-mt-buffered";
    #[cfg(feature = "idioms")] tokio_mt_futures_unordered = "tokio-mt-futures-unordered";
    #[cfg(feature = "idioms")] tokio_mt_join_all = "tokio-mt-join-all";
    #[cfg(feature = "idioms")] tokio_mt_semaphore = "tokio-mt-semaphore";
    #[cfg(feature = "idioms")] os_threads_pool = "os-threads-pool";
    #[cfg(feature = "idioms")] crossbeam_deque = "crossbeam-deque";
    #[cfg(feature = "idioms")] rayon_oneshot = "rayon-oneshot";
    #[cfg(feature = "idioms")] prefork = "prefork";
    #[cfg(feature = "portable")] agnostic_tokio = "agnostic-tokio";
    #[cfg(feature = "portable")] agnostic_smol = "agnostic-smol";
    #[cfg(feature = "portable")] smol_compat = "smol-compat";
}

#[test]
fn every_model_of_the_registry_is_covered() {
    let registered: Vec<&str> = bakeoff::registry::models()
        .iter()
        .map(|meta| meta.name)
        .collect();
    assert_eq!(registered, COVERED);
}
