"""A person's inbox, what is followed, and how the person wants to be told."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.rest import inbox_schemas as schemas
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import Page, PagingQuery, after_id, page

router = Router(tags=["notifications"])

_ALL = "/notifications"
_WATCHES = "/projects/{uuid:project_id}/watches"


@router.get(
    _ALL,
    response=Page[schemas.NotificationOut],
    operation_id="listNotifications",
    summary="List your notifications, newest first",
)
def list_notifications(
    request: HttpRequest,
    response: HttpResponse,
    paging: PagingQuery,
    unread: Annotated[bool, Query(description="Only what is unread")] = False,
    priority: Annotated[schemas.Priority | None, Query(description="Only of this priority")] = None,
    project_id: Annotated[UUID | None, Query(description="Only of this project")] = None,
) -> dict[str, Any]:
    """Of every organization you belong to; a key that is bound shows what belongs there. They are
    kept for 90 days."""
    found = notifications.inbox(
        actor_of(request),
        unread=unread,
        priorities=[priority] if priority else None,
        project_id=project_id,
        before=after_id(paging),
        limit=paging.limit + 1,
    )
    return page(
        request,
        response,
        paging,
        [schemas.NotificationOut.of(one) for one in found],
        lambda one: [one.id],
    )


@router.get(
    f"{_ALL}/unread",
    response=schemas.UnreadOut,
    operation_id="countUnreadNotifications",
    summary="Count what is unread",
)
def count_unread_notifications(request: HttpRequest) -> Any:
    """What the bell shows."""
    return notifications.unread(actor_of(request))


@router.post(
    f"{_ALL}/read",
    response=schemas.MarkedOut,
    operation_id="markNotificationsRead",
    summary="Mark as read",
)
def mark_notifications_read(request: HttpRequest, payload: schemas.MarkIn) -> Any:
    """Some, or with `ids` left out all of them."""
    actor = actor_of(request)
    changed = notifications.mark_read(actor, ids=payload.ids, read=payload.read)
    return {"changed": changed, "unread": notifications.unread(actor).unread}


@router.get(
    f"{_ALL}/preferences",
    response=schemas.PreferencesOut,
    operation_id="getNotificationPreferences",
    summary="Get how you want to be told",
)
def get_notification_preferences(request: HttpRequest) -> Any:
    """The matrix of kinds and channels, quiet hours and digest, with the defaults."""
    return schemas.PreferencesOut.of(notifications.preferences(actor_of(request)))


@router.patch(
    f"{_ALL}/preferences",
    response=schemas.PreferencesOut,
    operation_id="updateNotificationPreferences",
    summary="Choose how you want to be told",
)
def update_notification_preferences(request: HttpRequest, payload: schemas.PreferencesPatch) -> Any:
    """What is left out stays. Needs a session, or a personal key with the scope `*`."""
    changed = notifications.change_preferences(actor_of(request), **payload.changes())
    return schemas.PreferencesOut.of(changed)


@router.patch(
    f"{_ALL}/{{uuid:notification_id}}",
    response=schemas.NotificationOut,
    operation_id="updateNotification",
    summary="Mark one as read or unread",
)
def update_notification(
    request: HttpRequest, notification_id: UUID, payload: schemas.NotificationPatch
) -> Any:
    """Answers the notification as it is now."""
    one = notifications.mark_one(actor_of(request), notification_id, read=payload.read)
    return schemas.NotificationOut.of(one)


@router.get(
    _WATCHES,
    response=Page[schemas.WatchOut],
    operation_id="listWatches",
    summary="List what you follow or muted in a project",
)
def list_watches(
    request: HttpRequest,
    response: HttpResponse,
    project_id: UUID,
    paging: PagingQuery,
    subject: Annotated[str | None, Query(max_length=300, description="Only this")] = None,
) -> dict[str, Any]:
    """Newest first. `auto` is what you follow because you took part in it."""
    found = notifications.watches_of(
        actor_of(request),
        project_id,
        subject=subject,
        before=after_id(paging),
        limit=paging.limit + 1,
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.put(
    _WATCHES,
    response=schemas.WatchChoiceOut,
    operation_id="chooseWatch",
    summary="Follow or mute something",
)
def choose_watch(request: HttpRequest, project_id: UUID, payload: schemas.WatchIn) -> Any:
    """`manual` follows, `muted` silences all but what names you, `null` leaves it open again."""
    how = notifications.choose_watch(
        actor_of(request), project_id, subject=payload.subject, how=payload.how
    )
    return {"subject": payload.subject, "how": how}
