//! Stations: no more in a place than it has room for, across processes too.

use bakeoff::base::seed::SEED;
use bakeoff::laws::peaks;
use bakeoff::workload::Hold;
use bakeoff::workload::bakery::NAMES;

use crate::conformance::bench::{lab, open};

pub(crate) fn keeps_every_stations_capacity(model: &str) {
    let mut lab = lab();
    let mut cell = open(
        &mut lab,
        "bakery",
        model,
        &[
            "orders=120",
            "concurrency=12",
            "style=jump",
            "bakers=5",
            "mixers=2",
            "ovens=3",
            "tables=2",
            "mix_wait=200us",
            "bake_wait=600us",
            "frosting_wait=100us",
            "frost_wait=200us",
        ],
    );
    let (row, measured) = cell.measure(&mut lab, SEED, 0, 0);
    assert_eq!(row.error, None, "{model}");
    let holds = measured.unwrap().holds;
    let count = |station| holds.iter().filter(|hold| hold.station == station).count() as u64;
    // Every cake was mixed and baked once; frosting and the cake were frosted
    // at a table each: nothing went untraced.
    assert_eq!(
        (count(1), count(2), count(3)),
        (row.orders, row.orders, 2 * row.orders),
        "{model}"
    );
    assert!(holds.iter().all(|hold| hold.from <= hold.to), "{model}");
    for (station, peak) in peaks(&holds) {
        let places = [5, 2, 3, 2][station];
        assert!(
            peak <= places,
            "{model}: {peak} at {places} {}",
            NAMES[station]
        );
    }
    // And lines did form, or the law was not put to the test.
    if row.orders == 120 && (cell.runner().unwrap().ready().in_flight) == 12 {
        assert_eq!(peaks(&holds)[&1], 2, "{model}: the mixers were never full");
    }
}

pub(crate) fn keeps_every_hosts_cap(model: &str) {
    let mut lab = lab();
    // If all hosts together never hold more than their caps, no host does: ids
    // go around them. One host alone shows the cap of one.
    let mut cell = open(
        &mut lab,
        "fetch",
        model,
        &[
            "orders=48",
            "concurrency=12",
            "hosts=1",
            "cap_per_host=3",
            "connection=per-order",
            "delay=1ms",
        ],
    );
    let row = cell.sample(&mut lab, SEED, 0, 0);
    assert_eq!(row.error, None, "{model}");
    let ledger = row.ledger.unwrap();
    assert!(ledger.peak_in_flight.unwrap() <= 3, "{model}: {ledger:?}");
    assert_eq!(
        ledger.connections,
        Some(row.orders),
        "{model}: a connection an order"
    );
}

#[test]
fn an_overfull_station_would_be_seen() {
    let hold = |from, to| Hold {
        station: 1,
        from,
        to,
    };
    assert_eq!(peaks(&[hold(0, 5), hold(3, 8), hold(4, 9)])[&1], 3);
    assert_eq!(peaks(&[hold(0, 5), hold(5, 8)])[&1], 1);
}
