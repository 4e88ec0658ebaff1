"""The routes of the acquirer: the merchant's API, the admin's, the customer's pages and the console."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox_acquirer import admin, api, console, frame, payouts
from sandbox_acquirer.errors import NotFound
from sandbox_acquirer.pipeline import admin_reads, admin_writes, merchant_reads, merchant_writes, respond
from sandbox_acquirer.sandbox import Sandbox

STATIC = Path(__file__).parent / "static"


def create_app(sandbox: Sandbox) -> Starlette:
    """Build the application around a running sandbox."""
    routes = [
        *merchant_routes(),
        *admin_routes(),
        *customer_routes(),
        *console.routes(),
        Route("/healthz", healthz),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    app = Starlette(routes=routes, exception_handlers={404: not_found, 405: not_allowed})
    app.state.sandbox = sandbox
    return app


def merchant_routes() -> list[Route]:
    """Return the routes a merchant calls with its secret key."""
    return [
        Route(
            "/v1/payments", merchant_writes("create_payment", handler=api.create_payment), methods=["POST"]
        ),
        Route("/v1/payments", merchant_reads("list_payments", handler=api.list_payments)),
        Route("/v1/payments/{id}", merchant_reads("get_payment", handler=api.get_payment)),
        Route(
            "/v1/payments/{id}/cancel",
            merchant_writes("cancel_payment", handler=api.cancel_payment),
            methods=["POST"],
        ),
        Route(
            "/v1/payments/{id}/refunds",
            merchant_writes("create_refund", handler=api.create_refund),
            methods=["POST"],
        ),
        Route("/v1/refunds/{id}", merchant_reads("get_refund", handler=api.get_refund)),
        Route("/v1/payouts", merchant_reads("list_payouts", handler=payouts.list_payouts)),
        Route("/v1/payouts/{id}/lines", merchant_reads("list_payout_lines", handler=payouts.list_lines)),
    ]


def admin_routes() -> list[Route]:
    """Return the routes an admin calls with the admin key."""
    return [
        Route("/admin/merchants", admin_writes(admin.create_merchant), methods=["POST"]),
        Route("/admin/merchants/{id}", admin_writes(admin.change_merchant), methods=["PATCH"]),
        Route("/admin/merchants/{id}/history", admin_writes(admin.load_history), methods=["POST"]),
        Route("/admin/clock", admin_reads(admin.read_clock)),
        Route("/admin/clock", admin_reads(admin.move_clock), methods=["POST"]),
        Route("/admin/faults", admin_reads(admin.list_faults)),
        Route("/admin/faults", admin_writes(admin.order_fault), methods=["POST"]),
        Route("/admin/faults", admin_writes(admin.clear_faults), methods=["DELETE"]),
        Route("/admin/run", admin_reads(admin.run), methods=["POST"]),
        Route("/admin/webhooks", admin_reads(admin.list_webhooks)),
        Route("/admin/webhooks/{id}/redeliver", admin_reads(admin.redeliver), methods=["POST"]),
        Route("/admin/payments/{id}/finish", admin_writes(admin.finish_payment), methods=["POST"]),
    ]


def customer_routes() -> list[Route]:
    """Return the pages a customer pays on: as a frame, and the same as pages of their own."""
    routes = []
    for face in ("frame", "pay"):
        routes += [
            Route(f"/{face}/{{id}}", frame.customer("frame", act=frame.show)),
            Route(f"/{face}/{{id}}", frame.customer("confirm", act=frame.confirm), methods=["POST"]),
            Route(
                f"/{face}/{{id}}/challenge",
                frame.customer("challenge", act=frame.challenge),
                methods=["POST"],
            ),
        ]
    return routes


async def healthz(request: Request) -> Response:
    """Say that the process answers."""
    return JSONResponse({"status": "ok"})


async def not_found(request: Request, error: Exception, /) -> Response:
    """Answer an unknown address the way every error is answered."""
    return respond(NotFound("not_found", message="There is no such address.").answer())


async def not_allowed(request: Request, error: Exception, /) -> Response:
    """Answer a known address that does not take the method."""
    return respond(
        NotFound("method_not_allowed", message="This address does not take that method.", status=405).answer()
    )
