"""The two listeners: a unix socket for operators, TLS for the agency's own systems.

Rule: both serve the same table; only the socket's caller needs no token, because the file's owner
alone can open it. Every answer that is not 200 is a problem document.
"""

import hashlib
import os
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from aiohttp import web

from node.api.auth import NOBODY, OPERATOR, Caller, Tokens
from node.api.call import SERVICES, Call, Services
from node.api.language import LANGUAGE, preferred_language
from node.api.openapi import openapi_document
from node.api.problems import note_fault, problem_response
from node.api.routes import Route
from node.api.status import VERSION
from node.api.table import ROUTES
from primitives.errors import HouseError, NodeFault, Refused, Unavailable
from primitives.settings import EXIT_CONFIGURATION, EXIT_PERMISSION

SHUTDOWN_S = 2.0
"""How long open requests may take when the node stops; waiting ones are told to come again."""
_FATAL = "storage.write_failed"
"""After it nothing is durable any more: the process ends."""

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ApiServer:
    """Serves the API on both listeners.

    Args:
        services: what the handlers work with.
        tokens: who may ask on the TLS listener.
    """

    def __init__(self, services: Services, tokens: Tokens) -> None:
        self._services = services
        self._tokens = tokens
        self._runners: list[web.AppRunner] = []

    async def listen_on_socket(self, path: Path, place: str) -> None:
        """Open the operators' socket, readable by its owner alone.

        Args:
            path: of the socket; a stale one is removed.
            place: file and key, for errors.

        Raises:
            NodeFault: `api.socket` (exit 77).
        """
        runner = await self._runner(lambda _: OPERATOR)
        before = os.umask(0o177)
        try:
            _remove_stale(path)
            await web.UnixSite(runner, str(path)).start()
        except OSError as error:
            raise NodeFault(
                "api.socket",
                f"{place}: cannot open {path}: {error.strerror or error}",
                "api.socket",
                EXIT_PERMISSION,
            ) from error
        finally:
            os.umask(before)

    async def listen_on_tls(
        self, host: str, port: int, *, context: ssl.SSLContext, place: str
    ) -> None:
        """Open the agency's TLS listener.

        Raises:
            NodeFault: `api.port_in_use` (exit 78), naming address, file and key.
        """
        runner = await self._runner(self._caller)
        try:
            await web.TCPSite(runner, host, port, ssl_context=context).start()
        except OSError as error:
            raise NodeFault(
                "api.port_in_use",
                f"{place}: cannot listen on {host}:{port}: {error.strerror or error}",
                "api.listen",
                EXIT_CONFIGURATION,
            ) from error

    async def close(self) -> None:
        """Stop listening; requests under way have a moment to end."""
        for runner in self._runners:
            await runner.cleanup()

    def _caller(self, request: web.Request) -> Caller:
        return self._tokens.caller(request.headers.get("Authorization", ""))

    async def _runner(self, identify: Callable[[web.Request], Caller]) -> web.AppRunner:
        application = make_application(self._services, identify)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        self._runners.append(runner)
        return runner


def make_application(
    services: Services, identify: Callable[[web.Request], Caller]
) -> web.Application:
    """Return the application that serves the table of routes.

    Args:
        services: what the handlers work with.
        identify: returns who asks, or refuses with `auth.*`.
    """
    application = web.Application(
        client_max_size=services.settings.body_size_max_bytes, middlewares=[_guarded]
    )
    application[SERVICES] = services
    for route in ROUTES:
        application.router.add_route(route.method, route.path, _serve(route, identify))
    document = msgspec.json.encode(openapi_document(ROUTES, VERSION))

    async def get_openapi(_: web.Request) -> web.Response:
        return web.Response(body=document, content_type="application/json")

    application.router.add_get("/v1/openapi.json", get_openapi)
    return application


def _serve(route: Route, identify: Callable[[web.Request], Caller]) -> _Handler:
    """Return the handler of one route: who asks, may they, do it, write the answer."""

    async def serve(request: web.Request) -> web.StreamResponse:
        caller = identify(request) if route.scope else NOBODY
        caller.require(route.scope)
        _check_size(request, route.size_max_bytes)
        if route.takes_json and request.content_type != "application/json":
            raise Refused("request.wrong_type", "send application/json")
        answer = await route.handler(Call(request, caller, request.app[SERVICES]))
        if isinstance(answer, web.StreamResponse):
            return answer
        return _json(request, msgspec.json.encode(answer))

    return serve


def _json(request: web.Request, body: bytes) -> web.Response:
    """Return a JSON answer with its tag, or 304 when the caller has this very one."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if request.method == "GET" and request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers={"ETag": tag})
    return web.Response(body=body, content_type="application/json", headers={"ETag": tag})


@web.middleware
async def _guarded(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Bound what runs at once and turn every failure into a problem document."""
    services = request.app[SERVICES]
    LANGUAGE.set(preferred_language(request.headers.get("Accept-Language", "")))
    load = services.load
    load.requests += 1
    try:
        response = await _answered(request, handler, services)
    finally:
        load.requests -= 1
    resource = request.match_info.route.resource
    name = resource.canonical if resource is not None else "other"
    key = (name, response.status)
    load.served[key] = load.served.get(key, 0) + 1
    return response


async def _answered(
    request: web.Request, handler: _Handler, services: Services
) -> web.StreamResponse:
    try:
        _check_load(request, services)
        return await handler(request)
    except NodeFault as error:
        if error.code == _FATAL:
            services.fail(error)
        note_fault(services, error)
        return problem_response(error)
    except HouseError as error:
        return problem_response(error)
    except web.HTTPRequestEntityTooLarge:
        return problem_response(_too_large(services.settings.body_size_max_bytes))
    except web.HTTPNotFound:
        return problem_response(Refused("route.not_found", "the API has no such path"))
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        response = problem_response(Refused("request.wrong_method", f"this path takes {allowed}"))
        response.headers["Allow"] = allowed
        return response


def _remove_stale(path: Path) -> None:
    """Remove the socket of an earlier run; the store's lock tells that no other run is alive."""
    path.unlink(missing_ok=True)


def _check_load(request: web.Request, services: Services) -> None:
    if services.load.requests > services.settings.requests_max:
        raise Unavailable("api.busy", "too many requests at the same time")


def _check_size(request: web.Request, most: int) -> None:
    """Refuse a body that says it is longer than its route takes, before any of it is read."""
    most = most or request.app[SERVICES].settings.body_size_max_bytes
    if (request.content_length or 0) > most:
        raise _too_large(most)


def _too_large(most: int) -> Refused:
    return Refused("request.too_large", f"a body may have at most {most} bytes")
