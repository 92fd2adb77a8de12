"""Another web site, whose pages are up to no good."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# A page of its own for every address; what it does, the tests say in the page itself.
_PAGE = b"<!doctype html><html><head><title>Prizes</title></head><body>You have won.</body></html>"

# Sends a form, as a page does that a visitor only has to open. `fields` are texts, or files as {name, type, bytes}.
SEND_FORM = """
({ action, method, enctype, fields, target }) => {
  const form = document.createElement('form')
  Object.assign(form, { action, method: method ?? 'post', enctype: enctype ?? 'multipart/form-data' })
  if (target) form.target = target
  for (const [name, value] of Object.entries(fields ?? {})) {
    const input = document.createElement('input')
    input.name = name
    if (typeof value === 'string') {
      input.type = 'hidden'
      input.value = value
    } else {
      input.type = 'file'
      const files = new DataTransfer()
      files.items.add(new File([new Uint8Array(value.bytes)], value.name, { type: value.type }))
      input.files = files.files
    }
    form.append(input)
  }
  document.body.append(form)
  form.submit()
}
"""

# A form that says nothing of where it comes from, in a frame that has no origin.
SEND_FROM_NOWHERE = """
({ action }) => {
  const frame = document.createElement('iframe')
  frame.sandbox = 'allow-scripts allow-forms'
  frame.referrerPolicy = 'no-referrer'
  frame.srcdoc = `<meta name="referrer" content="no-referrer">
    <form action="${action}" method="post" enctype="text/plain">
      <input name='{"prompt":"a lake","vibe":"' value='"}'>
    </form>
    <script>document.forms[0].submit()</scr` + `ipt>`
  document.body.append(frame)
}
"""

# What a script hears that asks an address: the status of the answer (0 where it may not see it), or the failure.
FETCH = """
({ url, ...how }) =>
  fetch(url, { ...how, signal: AbortSignal.timeout(15_000) })
    .then(answer => `sent ${answer.status}`, error => `failed ${error.name}`)
"""

# How a WebSocket fares: what it was told, and the code that it was closed with.
WATCH = """
url => new Promise(done => {
  const told = []
  const socket = new WebSocket(url)
  socket.onmessage = message => {
    told.push(message.data)
    socket.close()
  }
  socket.onclose = closed => done({ told, code: closed.code })
})
"""


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(_PAGE)))
        self.end_headers()
        self.wfile.write(_PAGE)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def other_site() -> Iterator[int]:
    """The port at which every name of this machine leads to it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
