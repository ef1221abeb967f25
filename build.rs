//! Links the suite's program at a fixed address, where the system can. A program that may
//! lie anywhere corrects its 45,000 pointers each time it starts, and so touches 150 pages
//! more: 0.4 ms of CPU, which `processes-per-order` would pay for each order.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let of_target =
        |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let static_libc = of_target("FEATURE")
        .split(',')
        .any(|feature| feature == "crt-static");
    if of_target("OS") == "linux" && of_target("ENV") == "gnu" && !static_libc {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
