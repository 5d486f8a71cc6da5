"""Stands in for llama.cpp: a real server on loopback in the process that loads it, and no model."""

import http.server
import json
import threading
from pathlib import Path
from types import SimpleNamespace

SAID = "The city closed the bridge on Monday [1]."


class CommonParams(SimpleNamespace):
    def __init__(self):
        super().__init__(
            model=SimpleNamespace(), cpuparams=SimpleNamespace(), cpuparams_batch=SimpleNamespace()
        )


class Server:
    def __init__(self, params):
        if b"broken" in Path(params.model.path).read_bytes():
            raise RuntimeError("Failed to init server")
        if b"crash" in Path(params.model.path).read_bytes():
            import os

            os._exit(9)
        keys = params.api_keys

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["content-length"]))
                allowed = self.headers["authorization"] in [f"Bearer {k}" for k in keys]
                self.send_response(200 if allowed else 401)
                self.send_header("content-type", "text/event-stream")
                self.end_headers()
                base = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "x"}
                for delta, finish in (({"role": "assistant", "content": SAID}, None), ({}, "stop")):
                    choice = {"index": 0, "delta": delta, "finish_reason": finish}
                    self.wfile.write(f"data: {json.dumps({**base, 'choices': [choice]})}\n\n".encode())
                self.wfile.write(b"data: [DONE]\n\n")

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer((params.hostnames[0], params.port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.listening_address = f"http://{params.hostnames[0]}:{server.server_port}"
