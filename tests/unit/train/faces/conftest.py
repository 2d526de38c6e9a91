"""Small CK+ and FER+ in the published layouts: drawn faces of drawn people, real PNG and CSV."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

HEIGHT, WIDTH = 98, 128
CODE = {"anger": 1, "happiness": 5, "sadness": 6, "surprise": 7}
FRAMES = 5
FER_CODES = {"neutral": 0, "happiness": 1, "surprise": 2, "sadness": 3, "anger": 4}
SHAPES = {  # how far the mouth's corners rise, it opens, the brows rise, their inner ends sink
    "neutral": (0.0, 0.0, 0.0, 0.0),
    "anger": (-0.3, 0.0, -0.2, 1.0),
    "happiness": (1.0, 0.2, 0.0, 0.0),
    "sadness": (-1.0, 0.0, 0.2, -0.7),
    "surprise": (0.0, 1.0, 1.0, 0.0),
}


class Person:
    """Looks that stay: proportions, skin and hair."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng((7, seed))
        self.skin = float(rng.uniform(120, 215))
        self.hair = float(rng.uniform(10, 90))
        self.hair_px = int(rng.integers(6, 16))
        self.head = (int(rng.integers(26, 34)), int(rng.integers(36, 44)))
        self.eye_px = float(rng.uniform(11, 15))
        self.nose_px = int(rng.integers(6, 14))
        self.mouth_px = float(rng.uniform(9, 15))
        self.brow = int(rng.integers(1, 4))


def draw_face(
    person: Person, emotion: str, strength: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A face somewhere in the picture, and its 68 landmarks, of which only the eyes' count."""
    import cv2

    corner, opening, brow_up, brow_in = (strength * value for value in SHAPES[emotion])
    image = np.full((HEIGHT, WIDTH), 60.0, np.float32)
    centre_x, centre_y = WIDTH / 2 + rng.uniform(-6, 6), HEIGHT / 2 + rng.uniform(-3, 3)

    def at(x: float, y: float) -> tuple[int, int]:
        return round(centre_x + x), round(centre_y + y)

    cv2.ellipse(image, at(0, 0), person.head, 0, 0, 360, person.skin, -1)
    cv2.ellipse(image, at(0, 0), person.head, 0, 180, 360, person.hair, person.hair_px)
    eye_y = -8.0
    for side in (-1, 1):
        x = side * person.eye_px
        cv2.ellipse(image, at(x, eye_y), (5, 3), 0, 0, 360, 240, -1)
        cv2.circle(image, at(x, eye_y), 2, 15, -1)
        brow_y = eye_y - 8 - 5 * brow_up
        inner, outer = at(x - side * 5, brow_y + 4 * brow_in), at(x + side * 5, brow_y)
        cv2.line(image, inner, outer, person.hair, person.brow)
    cv2.line(image, at(0, -4), at(0, -4 + person.nose_px), person.skin * 0.75, 2)
    along = np.linspace(-1, 1, 15)
    y = 20 - 8 * corner * (along**2 - 0.5)
    line = np.array([at(person.mouth_px * a, b) for a, b in zip(along, y, strict=True)], np.int32)
    cv2.polylines(image, [line], isClosed=False, color=30, thickness=2)
    if opening > 0:
        axes = (round(person.mouth_px * 0.6), max(1, round(9 * opening)))
        cv2.ellipse(image, at(0, 21), axes, 0, 0, 360, 25, -1)
    image = cv2.GaussianBlur(image, (3, 3), 0) + rng.normal(0, 3, image.shape)
    points = np.tile([centre_x, centre_y], (68, 1))
    points[36:42] = centre_x - person.eye_px, centre_y + eye_y
    points[42:48] = centre_x + person.eye_px, centre_y + eye_y
    return np.clip(image, 0, 255).astype(np.uint8), points


def numbers(rows: np.ndarray) -> str:
    """As CK+ writes them."""
    return "".join("   " + "   ".join(f"{value:.7e}" for value in row) + "\n" for row in rows)


def write_ckplus(folder: Path, *, subjects: int, seed: int = 0) -> Path:
    """Per subject four labelled sequences and one without a label."""
    import cv2

    rng = np.random.default_rng(seed)
    for subject in range(subjects):
        name = f"S{5 + 3 * subject:03d}"
        for number, emotion in enumerate((*CODE, "neutral"), start=1):
            place = f"{name}/{number:03d}"
            for kind in ("cohn-kanade-images", "Emotion", "FACS", "Landmarks"):
                (folder / kind / place).mkdir(parents=True)
            for frame in range(FRAMES):
                stem = f"{name}_{number:03d}_{frame + 1:08d}"
                image, points = draw_face(
                    Person(subject), emotion, min(1.0, frame / (FRAMES - 3)), rng
                )
                _, png = cv2.imencode(".png", image)
                png.tofile(folder / "cohn-kanade-images" / place / f"{stem}.png")
                text = numbers(points)
                (folder / "Landmarks" / place / f"{stem}_landmarks.txt").write_text(text)
            if emotion in CODE:
                file = folder / "Emotion" / place / f"{stem}_emotion.txt"
                file.write_text(numbers(np.array([[CODE[emotion]]])))
            file = folder / "FACS" / place / f"{stem}_facs.txt"
            file.write_text(numbers(np.array([[12.0, 4.0], [25.0, 0.0]])))
        (folder / "cohn-kanade-images" / name / ".DS_Store").write_bytes(b"\0")
    return folder


VOTE_COLUMNS = (
    "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"  # as published
)


def write_ferplus(folder: Path, *, rows: int = 120, seed: int = 0) -> tuple[Path, Path]:
    """`fer2013new.csv` and `fer2013.csv`: two thirds training, every 11th row no face."""
    import cv2

    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    votes_lines, pixel_lines = [f"Usage,Image name,{VOTE_COLUMNS}"], ["emotion,pixels,Usage"]
    for row in range(rows):
        usage = ("Training", "Training", "Training", "PublicTest", "PrivateTest")[5 * row // rows]
        emotion = list(FER_CODES)[int(rng.integers(len(FER_CODES)))]
        image, _ = draw_face(Person(int(rng.integers(500))), emotion, 1.0, rng)
        small = cv2.resize(image[:, 15:113], (48, 48), interpolation=cv2.INTER_AREA)
        votes = np.zeros(10, int)
        votes[FER_CODES[emotion]] = 6
        votes[int(rng.integers(8))] += 3
        votes[8] += 1
        is_face = row % 11 != 10
        if not is_face:
            votes[:], votes[9] = 0, 10
        name = f"fer{row:07d}.png" if is_face else ""
        votes_lines.append(f"{usage},{name},{','.join(map(str, votes))}")
        pixel_lines.append(f"0,{' '.join(map(str, small.ravel()))},{usage}")
    votes_at, pixels_at = folder / "fer2013new.csv", folder / "fer2013.csv"
    votes_at.write_text("\n".join(votes_lines) + "\n")
    pixels_at.write_text("\n".join(pixel_lines) + "\n")
    return votes_at, pixels_at


def write_people(folder: Path, *, people: int, pictures: int, seed: int = 0) -> Path:
    """A folder of faces per person, with any expression."""
    import cv2

    rng = np.random.default_rng((3, seed))
    for person in range(people):
        (folder / f"person{person:03d}").mkdir(parents=True)
        for number in range(pictures):
            emotion = list(SHAPES)[int(rng.integers(len(SHAPES)))]
            image, _ = draw_face(Person(1000 + person), emotion, 1.0, rng)
            _, png = cv2.imencode(".png", image)
            png.tofile(folder / f"person{person:03d}" / f"{number}.png")
    return folder


@pytest.fixture(scope="session")
def ckplus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CK+ of eight subjects."""
    return write_ckplus(tmp_path_factory.mktemp("ckplus"), subjects=8)


@pytest.fixture(scope="session")
def two_subjects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CK+ of S005 and S008."""
    return write_ckplus(tmp_path_factory.mktemp("two"), subjects=2)


@pytest.fixture(scope="session")
def ferplus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The two files of FER+, 120 rows."""
    return write_ferplus(tmp_path_factory.mktemp("ferplus"))


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of twelve people with four pictures each."""
    return write_people(tmp_path_factory.mktemp("people"), people=12, pictures=4)
