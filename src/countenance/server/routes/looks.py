"""Looking before making: whose faces are in a file, how a portrait will look; and afterwards, what a result is."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from countenance.server.context import Studio, Who
from countenance.server.jobs import spec
from countenance.server.places import sample
from countenance.server.problems import RESPONSES
from countenance.server.refusals import NotNow
from countenance.server.routes.jobs import JobId
from countenance.server.routes.uploads import UploadId

routes = APIRouter(responses=RESPONSES)


class FaceView(BaseModel):
    """A face; its place in shares of the picture's width and height.

    Attributes:
        number: as `options.face` takes it.
        problem: the code of why it cannot be drawn; empty where it can.
    """

    number: int
    left: float
    top: float
    width: float
    height: float
    problem: str


class Faces(BaseModel):
    """Everybody in a picture, or in the beginning of a clip; largest first."""

    kind: str
    width: int
    height: int
    seconds: float | None
    faces: list[FaceView]


@routes.get("/v1/uploads/{number}/faces", tags=["uploads"], response_model=Faces)
def faces(number: UploadId, studio: Studio, who: Who) -> dict[str, Any]:
    """The faces of an upload. It is looked at in a process of its own."""
    who.require("read")
    path = studio.uploads.path(number, who.sees)
    return studio.looks.faces(path, studio.uploads.find(number).sha256 or "")


@routes.get("/v1/samples/{name}/faces", tags=["service"], response_model=Faces)
def sample_faces(name: Annotated[str, Path(pattern=r"^[a-z-]{1,40}$")], studio: Studio, who: Who) -> dict[str, Any]:
    """The faces of a sample."""
    who.require("read")
    return studio.looks.faces(sample(f"sample:{name}"), f"sample:{name}")


class Preview(BaseModel):
    """A moment of what an animate job would make."""

    model_config = ConfigDict(extra="forbid")

    source: spec.Picture
    motion: spec.Motion = "authored:demo"
    right: spec.Right
    options: spec.DrawOptions = spec.DrawOptions()
    at: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = 1.0


@routes.post(
    "/v1/previews",
    tags=["jobs"],
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}, "description": "Marked, signed, labelled."}},
)
def preview(body: Preview, studio: Studio, who: Who) -> Response:
    """One still, small: marked and entered in the ledger like all that leaves; under a grant that counts, refused."""
    who.require("jobs")
    for number in spec.uploads_of(body):
        studio.uploads.path(number, who.sees)
    wanted = spec.Animate(
        recipe="animate", source=body.source, motion=body.motion, right=body.right, options=body.options
    )
    return Response(studio.previews.still(wanted, body.at, who), media_type="image/jpeg")


class Answer(BaseModel):
    """What a file is; `language` is the one it is told in, where the one asked for is not spoken."""

    verdict: dict[str, Any]
    html: str
    language: str


@routes.get("/v1/jobs/{number}/verdict", tags=["jobs"], response_model=Answer)
def verdict(
    number: JobId, studio: Studio, who: Who, language: Annotated[str, Query(pattern=r"^[A-Za-z-]{2,20}$")] = "en"
) -> dict[str, Any]:
    """What anybody learns of the result from `countenance verify`."""
    from countenance.verify.words import chosen

    who.require("read")
    job = studio.queue.job(number, who.sees)
    path = studio.places.result(job.id)
    if job.state != "done" or path is None:
        raise NotNow("There is no result to look at.", "Wait until the job is done.")
    spoken = chosen(language)
    said = studio.looks.verdict(path, f"countenance-{job.id[4:12]}{path.suffix}", spoken)
    return {**said, "language": spoken}
