"""requests: a session for each unit, since its authors promise no more for threads."""

import requests

from .. import http1
from ..batch import now
from .shared import address


class WithRequests:
    """The client that everybody knows."""

    def __init__(self, fetch):
        self.fetch = fetch

    def open_direct(self, kit) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        if self.fetch.keep_alive:
            session.get(f"http://{address(self.fetch, 0)}/ready")
        else:
            session.headers["Connection"] = "close"
        return session

    def close_direct(self, session: requests.Session) -> None:
        session.close()

    def exchange_direct(self, kit, session: requests.Session, page, deadline: int | None) -> tuple[int, bytes]:
        fetch = self.fetch
        url = f"http://{address(fetch, page.id % fetch.hosts)}{fetch.target(page)}"
        headers = http1.JSON if fetch.posts else None
        # Its limit is one of each wait, not of the whole exchange.
        limit = None if deadline is None else max((deadline - now()) / 1e9, 1e-3)
        try:
            response = session.request(fetch.method, url, data=fetch.body(page), headers=headers, timeout=limit)
        except requests.Timeout as error:
            raise TimeoutError from error
        return response.status_code, response.content
