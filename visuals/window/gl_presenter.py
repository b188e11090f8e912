"""OpenGL presenter: scales the finished picture on the graphics card and adds a wide bloom.

Text and moving lines are drawn in the window's own size.

For machines with a graphics card (`pip install '.[gpu]'`). Scaling to 4K on the processor would
take the time of a whole frame.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.clock import MonotonicClock
from visuals.drawing.drawn_lines import Enlargement
from visuals.drawing.sharp_text import MAX_CACHED_LINES, SharpLine
from visuals.drawing.theme import PICTURE_SIZE_PX, fit_rect
from visuals.window.presenter import (
    Presenter,
    central_position,
    describe_display,
    known_display,
    require_display,
    restore_window,
)
from visuals.window.sharpness import LiftedPicture

BLOOM_GAIN = 0.55  # share of the glow that is added
DOWNSCALE_FACTOR = 4  # picture pixels per pixel of the glow, along each side
SOFTWARE_RENDERERS = ("llvmpipe", "softpipe", "swiftshader", "swrast", "gdi generic", "software")
"""Parts of the names of renderers without a graphics card; they would slow the drawing down."""
_BLUR_ROUNDS = 3
_BLUR_TAPS = 4

_VERTEX_SHADER = """#version 330
out vec2 place;
void main() {
    vec2 corner = vec2(gl_VertexID == 1 ? 2.0 : 0.0, gl_VertexID == 2 ? 2.0 : 0.0);
    place = corner;
    gl_Position = vec4(2.0 * corner - 1.0, 0.0, 1.0);
}
"""
_BLUR_SHADER = f"""#version 330
uniform sampler2D picture;
uniform vec2 stride;
in vec2 place;
out vec4 colour;
void main() {{
    vec3 sum = vec3(0.0);
    float weights = 0.0;
    for (int tap = -{_BLUR_TAPS}; tap <= {_BLUR_TAPS}; tap++) {{
        float weight = exp(-0.22 * float(tap * tap));
        sum += weight * texture(picture, place + float(tap) * stride).rgb;
        weights += weight;
    }}
    colour = vec4(sum / weights, 1.0);
}}
"""
_TEXT_SHADER = """#version 330
uniform sampler2D picture;
in vec2 place;
out vec4 colour;
void main() {
    colour = vec4(texture(picture, vec2(place.x, 1.0 - place.y)).rgb, 1.0);
}
"""
_LINE_VERTEX_SHADER = """#version 330
uniform vec2 size;
in vec2 corner;
in vec3 light;
in float aside;
out vec3 lit;
out float across;
void main() {
    lit = light;
    across = aside;
    gl_Position = vec4(2.0 * corner.x / size.x - 1.0, 1.0 - 2.0 * corner.y / size.y, 0.0, 1.0);
}
"""
_LINE_SHADER = """#version 330
uniform float half_width;
in vec3 lit;
in float across;
out vec4 colour;
void main() {
    colour = vec4(lit * clamp(half_width + 0.5 - abs(across), 0.0, 1.0), 1.0);
}
"""
_COMPOSITE_SHADER = """#version 330
uniform sampler2D picture;
uniform sampler2D glow;
uniform float bloom;
in vec2 place;
out vec4 colour;
void main() {
    vec2 upright = vec2(place.x, 1.0 - place.y);  // pygame's first row is the uppermost
    vec3 sharp = texture(picture, upright).rgb;
    vec3 soft = texture(glow, upright).rgb;
    colour = vec4(sharp + (1.0 - sharp) * bloom * soft * soft, 1.0);
}
"""


class NoGlError(RuntimeError):
    """OpenGL is missing or has no graphics card; the message says why."""


class GlPresenter(Presenter):
    """A window drawn by the graphics card; black bars keep the picture's proportions.

    `bloom` is the share of the glow that is added. `software` accepts a renderer without a graphics
    card, for tests. Raises `NoGlError` where there is none, and `NoDisplayError`.
    """

    def __init__(
        self,
        width: int,
        height: int,
        fullscreen: bool,
        title: str,
        display: int = 0,
        bloom: float = BLOOM_GAIN,
        software: bool = False,
    ) -> None:
        try:
            import moderngl
        except ImportError as error:
            raise NoGlError("pip install 'hidden-state[gpu]'") from error
        super().__init__()
        require_display()
        try:
            _open_gl_window((width, height), fullscreen, known_display(display))
            self.context = moderngl.create_context(require=330)
            self.renderer = str(self.context.info["GL_RENDERER"])
            if not software and any(name in self.renderer.lower() for name in SOFTWARE_RENDERERS):
                raise NoGlError(f"no graphics card: {self.renderer}")
            self._create_pipeline(moderngl)
        # moderngl raises plain exceptions
        except (pygame.error, moderngl.Error, OSError, ValueError, KeyError, RuntimeError) as error:
            pygame.display.quit()
            raise NoGlError(str(error)) from error
        self._bloom, self.display, self._clock = bloom, describe_display(), MonotonicClock()
        self._place = (width, height), central_position((width, height))
        pygame.display.set_caption(title)
        pygame.mouse.set_visible(False)

    def _flip(self, picture: pygame.Surface) -> bool:
        if picture.get_size() != self._picture.size:
            self._create_textures(picture.get_size())
        self._picture.write(picture.get_view("1"))
        if self._bloom > 0:
            self._blur_picture()
        window = pygame.display.get_window_size()
        place = fit_rect(picture.get_size(), window)
        lifted = self._sharpener.lift(picture, place)
        if lifted is not None:  # the glow is that of text and lines, too
            self._picture.write(lifted.text.picture.get_view("1"))
        screen = self.context.screen
        screen.use()
        screen.viewport = (0, 0, *window)
        screen.clear()
        # OpenGL counts rows from the bottom
        screen.viewport = (place.x, window[1] - place.bottom, *place.size)
        self._picture.use(0)
        self._glows[0].use(1)
        self._composite_program["bloom"] = self._bloom
        self._composite_vertices.render(vertices=3)
        if lifted is not None:
            self._add_lifted(lifted, place, window)
        pygame.display.flip()
        return True

    def _add_lifted(
        self, lifted: LiftedPicture, place: pygame.Rect, window: tuple[int, int]
    ) -> None:
        """Add moving lines and text to the enlarged picture."""
        context = self.context
        context.enable(context.BLEND)
        context.blend_func = context.ONE, context.ONE
        begun = self._clock.now()
        if lifted.segments:
            size = Enlargement.exact(place.width / lifted.text.picture.get_width())
            placed = np.concatenate([each.placed(size) for each in lifted.segments])
            self._add_lines(placed, size.width, place)
        drawn = self._clock.now()
        for line, (x, y) in lifted.text.lines:
            width, height = line.large.get_size()
            context.screen.viewport = (place.x + x, window[1] - place.y - y - height, width, height)
            self._text_texture(line).use(0)
            self._text_vertices.render(vertices=3)
        context.disable(context.BLEND)
        self._sharpener.record(self._clock.now() - drawn, drawn - begun)

    def _add_lines(self, segments: NDArray[np.float32], width: float, place: pygame.Rect) -> None:
        """Add segments: start, end and light, shape (n, 7), pixels of the enlarged picture."""
        corners = _line_corners(segments, 0.5 * width + 0.5)
        if corners.nbytes > self._line_buffer.size:
            self._line_buffer.orphan(2 * corners.nbytes)
        self._line_buffer.write(corners)
        self._line_program["size"], self._line_program["half_width"] = place.size, 0.5 * width
        self._line_vertices.render(vertices=len(corners))

    def _text_texture(self, line: SharpLine) -> Any:
        """The large line as a texture; those not used for the longest time are released."""
        if line in self._texts:
            self._texts.move_to_end(line)
            return self._texts[line]
        texture = self.context.texture(line.large.get_size(), 4, line.large.get_buffer().raw)
        texture.swizzle, texture.filter = "BGR1", self._linear
        self._texts[line] = texture
        if len(self._texts) > MAX_CACHED_LINES:
            self._texts.popitem(last=False)[1].release()
        return texture

    def toggle_fullscreen(self) -> None:
        if not pygame.display.is_fullscreen():
            self._place = pygame.display.get_window_size(), pygame.display.get_window_position()
        pygame.display.toggle_fullscreen()
        if not pygame.display.is_fullscreen():
            restore_window(*self._place)

    def close(self) -> None:
        self.context.release()
        pygame.display.quit()

    def _create_pipeline(self, gl: Any) -> None:
        context = self.context
        blur = context.program(vertex_shader=_VERTEX_SHADER, fragment_shader=_BLUR_SHADER)
        self._blur_program, self._blur_vertices = blur, context.vertex_array(blur, [])
        together = context.program(vertex_shader=_VERTEX_SHADER, fragment_shader=_COMPOSITE_SHADER)
        together["picture"], together["glow"] = 0, 1
        self._composite_program = together
        self._composite_vertices = context.vertex_array(together, [])
        text = context.program(vertex_shader=_VERTEX_SHADER, fragment_shader=_TEXT_SHADER)
        self._text_vertices = context.vertex_array(text, [])
        lines = context.program(vertex_shader=_LINE_VERTEX_SHADER, fragment_shader=_LINE_SHADER)
        self._line_program, self._line_buffer = lines, context.buffer(reserve=1 << 20, dynamic=True)
        self._line_vertices = context.vertex_array(
            lines, [(self._line_buffer, "2f 3f 1f", "corner", "light", "aside")]
        )
        self._texts: OrderedDict[SharpLine, Any] = OrderedDict()
        self._linear = (gl.LINEAR, gl.LINEAR)
        self._sized: list[Any] = []  # what is made for one size of pictures
        self._create_textures(PICTURE_SIZE_PX)

    def _create_textures(self, size: tuple[int, int]) -> None:
        """Make room for pictures of another size, and free that of the last one."""
        context = self.context
        for used in self._sized:
            used.release()
        self._picture = context.texture(size, 4)
        self._picture.swizzle = "BGR1"  # byte order of a 32-bit surface
        self._picture.filter = self._linear
        small = size[0] // DOWNSCALE_FACTOR, size[1] // DOWNSCALE_FACTOR
        self._glows = [context.texture(small, 4) for _ in range(2)]
        for glow in self._glows:
            glow.filter = self._linear
            glow.repeat_x = glow.repeat_y = False
        self._framebuffers = [context.framebuffer([glow]) for glow in self._glows]
        self._sized = [*self._framebuffers, *self._glows, self._picture]

    def _blur_picture(self) -> None:
        """Blur the picture into the first glow, across and down, wider in each round."""
        source = self._picture
        width, height = self._glows[0].size
        for ring in range(1, _BLUR_ROUNDS + 1):
            for target, stride in ((1, (ring / width, 0.0)), (0, (0.0, ring / height))):
                self._framebuffers[target].use()
                source.use(0)
                self._blur_program["picture"], self._blur_program["stride"] = 0, stride
                self._blur_vertices.render(vertices=3)
                source = self._glows[target]


def _line_corners(segments: NDArray[np.float32], reach: float) -> NDArray[np.float32]:
    """Corners of two triangles for each segment: place, light and distance across, (6 n, 6)."""
    start, end, light = segments[:, 0:2], segments[:, 2:4], segments[:, 4:7]
    along = end - start
    along /= np.maximum(np.hypot(*along.T), 1e-6)[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * np.float32(reach)  # (n, 2)
    corners = np.empty((len(segments), 6, 6), np.float32)
    for place, (point, side) in enumerate(
        ((start, 1), (start, -1), (end, 1), (start, -1), (end, 1), (end, -1))
    ):
        corners[:, place, :2] = point + side * across + 0.5  # the middle of a pixel
        corners[:, place, 2:5], corners[:, place, 5] = light, side * reach
    return corners.reshape(-1, 6)


def _open_gl_window(size: tuple[int, int], fullscreen: bool, display: int) -> None:
    """Open a window with OpenGL 3.3, synchronized with the display if the driver allows."""
    set_attribute = pygame.display.gl_set_attribute
    set_attribute(pygame.GL_CONTEXT_MAJOR_VERSION, 3)
    set_attribute(pygame.GL_CONTEXT_MINOR_VERSION, 3)
    set_attribute(pygame.GL_CONTEXT_PROFILE_MASK, pygame.GL_CONTEXT_PROFILE_CORE)
    size, shape = ((0, 0), pygame.FULLSCREEN) if fullscreen else (size, pygame.RESIZABLE)
    flags = pygame.OPENGL | pygame.DOUBLEBUF | shape
    try:
        pygame.display.set_mode(size, flags, display=display, vsync=1)
    except pygame.error:
        pygame.display.set_mode(size, flags, display=display)
