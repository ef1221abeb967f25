//! Who sits where, as the rows tell it.

use std::process::Command;

use bakeoff::host;
use bakeoff::lab::{Lab, Placement};
use bakeoff::record::placement::Placed;

use crate::honesty::bench::{HONEST, cell, held};

#[test]
fn the_server_has_its_own_cpu_unless_it_is_to_share() {
    let served = cell("fetch", "os-threads", &["orders=8", "concurrency=2"]);
    let mask = host::affinity();
    let mut lab = Lab::new(HONEST);
    let own = held(&mut lab, &served);
    lab.place(Placement::Shared);
    let shared = held(&mut lab, &served);
    assert_eq!(
        (shared.placement.as_str(), shared.server_cpu),
        ("shared", None)
    );
    assert_eq!(shared.cpus, mask);
    match mask.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            assert_eq!(own.placement, Placed::OwnCore);
            assert_eq!((own.cpus, own.server_cpu), (rest.to_vec(), Some(*last)));
            assert_eq!(own.workers, Some(rest.len() as u64));
            assert_eq!(shared.workers, Some(mask.len() as u64));
        }
        _ => assert_eq!(own.placement, Placed::Shared),
    }
    // The server that shares is another one, on all CPUs.
    #[cfg(target_os = "linux")]
    {
        let server = lab.server_id(Default::default()).unwrap();
        let status = std::fs::read_to_string(format!("/proc/{server}/status")).unwrap();
        let own = std::fs::read_to_string("/proc/self/status").unwrap();
        let allowed = |status: &str| {
            let mut lines = status.lines();
            lines.find_map(|line| line.strip_prefix("Cpus_allowed_list:").map(str::to_owned))
        };
        assert_eq!(allowed(&status), allowed(&own));
    }
    let alone = held(&mut lab, &cell("bakery", "os-threads", &["orders=8"]));
    assert_eq!(
        (alone.placement.as_str(), alone.server_cpu),
        ("alone", None)
    );
    assert_eq!(alone.cpus, mask);
}

#[test]
fn verify_takes_placement_and_class() {
    let verify = |more: &[&str]| {
        let mut command = Command::new(HONEST);
        command.args(["verify", "fetch/no-delay/os-threads"]);
        command.args(more).output().unwrap()
    };
    let done = verify(&["--placement", "shared", "--class", "shipped"]);
    assert!(done.status.success(), "{done:?}");
    for (more, values) in [
        (["--placement", "alone"], "own-core, shared"),
        (["--class", "same"], "equal, shipped"),
    ] {
        let refused = verify(&more);
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        let told = String::from_utf8_lossy(&refused.stderr);
        assert!(told.contains(values), "{told}");
    }
}
