//! What a unit takes: orders of magnitude only.

#[cfg(all(target_os = "linux", feature = "tokio"))]
#[test]
fn a_thread_takes_more_than_a_task_and_less_than_a_process() {
    use crate::honesty::bench::{HONEST, cell, held};
    use bakeoff::lab::Lab;

    let unit = |model: &str, units: u32| {
        let (orders, units) = (format!("orders={units}"), format!("concurrency={units}"));
        let params = [orders.as_str(), units.as_str(), "bake_wait=1ms"];
        let row = held(&mut Lab::new(HONEST), &cell("bakery", model, &params));
        let whole = row.memory_bytes.unwrap() as f64;
        assert!(row.unit_memory_bytes.is_none_or(|unit| unit < whole));
        if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
            let stacks = row.kernel_stack_bytes.unwrap();
            assert!(stacks >= row.threads.unwrap() * 4096, "{row:?}");
        }
        row.unit_memory_bytes
    };
    // Many, so that what a runtime takes once weighs little; fewer processes,
    // since they do take much.
    let (task, thread) = (unit("tokio-mt", 1000), unit("os-threads", 1000));
    assert!(task.unwrap() < thread.unwrap(), "{task:?} {thread:?}");
    let (thread, process) = (unit("os-threads", 20), unit("processes", 20));
    assert!(thread.unwrap() < process.unwrap(), "{thread:?} {process:?}");
    let none = unit("os-threads-per-order", 20);
    assert_eq!(none, None, "none stands at the gate");
}
