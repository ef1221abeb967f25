//! Local ports that are used up: what the kernel then says names neither the ports
//! nor the fix.

use rustix::io::Errno;

use super::first_line;

/// What an error of the system's text says of connections and sockets, with the fix
/// where it is that the local ports are used up.
#[must_use]
pub fn with_local_ports(text: String) -> String {
    let used_up = [Errno::ADDRNOTAVAIL, Errno::ADDRINUSE];
    let is = |errno: &Errno| text.contains(&format!("(os error {})", errno.raw_os_error()));
    if used_up.iter().any(is) && !text.contains("local ports") {
        format!("{text}: {}", local_ports_used_up())
    } else {
        text
    }
}

/// Why there is no local port, and what to do about it.
#[must_use]
pub fn local_ports_used_up() -> String {
    let range = first_line("/proc/sys/net/ipv4/ip_local_port_range");
    let range = range.map_or_else(String::new, |range| {
        let range: Vec<&str> = range.split_whitespace().collect();
        format!(" ({})", range.join(" to "))
    });
    format!(
        "the local ports{range} are used up, most of them by connections in TIME_WAIT: wait a \
         minute, keep connections alive, or widen the range, as root: \
         `sysctl net.ipv4.ip_local_port_range='16384 65535'`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_for_want_of_ports_names_them_and_the_fix() {
        for errno in [Errno::ADDRNOTAVAIL, Errno::ADDRINUSE] {
            let text = format!("order 3: {}", std::io::Error::from(errno));
            let told = with_local_ports(text.clone());
            assert!(told.starts_with(&text), "{told}");
            for words in ["local ports", "TIME_WAIT", "ip_local_port_range"] {
                assert!(told.contains(words), "no {words} in {told}");
            }
            // Once is enough.
            assert_eq!(with_local_ports(told.clone()), told);
        }
        let other = std::io::Error::from(Errno::CONNREFUSED).to_string();
        assert_eq!(with_local_ports(other.clone()), other);
    }
}
