"""The routes of the acquirer: the merchant's API, the admin's, the customer's pages and the console."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox_acquirer import admin, api, bank_page, banks, console, frame, payouts, saved_cards, saving
from sandbox_acquirer.errors import NotFound
from sandbox_acquirer.pipeline import admin_reads, admin_writes, merchant_reads, merchant_writes, respond
from sandbox_acquirer.sandbox import Sandbox

STATIC = Path(__file__).parent / "static"


def create_app(sandbox: Sandbox) -> Starlette:
    """Build the application around a running sandbox."""
    routes = [
        *merchant_routes(),
        *saving_routes(),
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
        Route("/v1/refunds", merchant_reads("list_refunds", handler=api.list_refunds)),
        Route("/v1/refunds/{id}", merchant_reads("get_refund", handler=api.get_refund)),
        Route("/v1/payouts", merchant_reads("list_payouts", handler=payouts.list_payouts)),
        Route("/v1/payouts/{id}/lines", merchant_reads("list_payout_lines", handler=payouts.list_lines)),
    ]


def saving_routes() -> list[Route]:
    """Return the routes of set-ups, saved cards and banks."""
    return [
        Route("/v1/setups", merchant_writes("create_setup", handler=saving.create_setup), methods=["POST"]),
        Route("/v1/setups", merchant_reads("list_setups", handler=saving.list_setups)),
        Route("/v1/setups/{id}", merchant_reads("get_setup", handler=saving.get_setup)),
        Route(
            "/v1/setups/{id}/cancel",
            merchant_writes("cancel_setup", handler=saving.cancel_setup),
            methods=["POST"],
        ),
        Route(
            "/v1/payment_methods/{id}",
            merchant_reads("get_payment_method", handler=saved_cards.get_payment_method),
        ),
        Route(
            "/v1/payment_methods/{id}/detach",
            merchant_writes("detach_payment_method", handler=saved_cards.detach),
            methods=["POST"],
        ),
        Route("/v1/banks", merchant_reads("list_banks", handler=banks.list_banks)),
    ]


def admin_routes() -> list[Route]:
    """Return the routes an admin calls with the admin key."""
    return [
        Route("/admin/merchants", admin_writes(admin.create_merchant), methods=["POST"]),
        Route("/admin/merchants/{id}", admin_writes(admin.change_merchant), methods=["PATCH"]),
        Route("/admin/merchants/{id}/history", admin_writes(admin.load_history), methods=["POST"]),
        Route(
            "/admin/merchants/{id}/payment_methods",
            admin_writes(saved_cards.save_for_merchant),
            methods=["POST"],
        ),
        Route("/admin/payment_methods/{id}", admin_writes(saved_cards.change), methods=["PATCH"]),
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
    return [
        *routes,
        Route("/bank/{id}", frame.customer("bank", act=bank_page.show)),
        Route("/bank/{id}", frame.customer("bank_answer", act=bank_page.answer), methods=["POST"]),
    ]


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
