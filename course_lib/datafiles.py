"""MNIST and CIFAR-10 from their official files: pixels and labels as bytes, or an error that says why not.

Every file is checked against its format, to the last byte. Nothing in a file is ever executed: the Python
version of CIFAR-10 consists of pickles, and they are read without calling anything that they name.
"""

import gzip
import pickle
import zlib
from pathlib import Path

import numpy as np

MNIST_STEPS = """To have MNIST:
1. Get {train,t10k}-{images-idx3,labels-idx1}-ubyte.gz, four files (yann.lecun.com/exdb/mnist, or a mirror).
2. Put them into one folder, as they are or unpacked.
3. load("mnist", folder=that folder).
Or, with a network, load("mnist", folder=..., download=True), which gets the same pictures from OpenML."""
CIFAR10_STEPS = """To have CIFAR-10:
1. Get cifar-10-binary.tar.gz or cifar-10-python.tar.gz (www.cs.toronto.edu/~kriz/cifar.html).
2. Unpack it.
3. load("cifar10", folder=the folder that now holds test_batch.bin or test_batch).
Or, with a network, load("cifar10", folder=..., download=True), which gets the same pictures from OpenML."""

PIXELS = 3072       # of a CIFAR-10 picture: 1,024 red ones row by row, 1,024 green, 1,024 blue


class MissingFiles(FileNotFoundError):
    """The files of a data set are not there. The message says how to get them."""


class DamagedFile(ValueError):
    """A file breaks its format. The message names the file, the rule and what was found."""


def read_mnist(folder):
    """(x, y, x_test, y_test): bytes (N, 784), row by row, and labels (N,) from 0 to 9.

    The four files of the official names in `folder`, with or without .gz. Raises MissingFiles, DamagedFile.
    """
    parts = []
    for part in ("train", "t10k"):
        images = _find(folder, f"{part}-images-idx3-ubyte", MNIST_STEPS)
        labels = _find(folder, f"{part}-labels-idx1-ubyte", MNIST_STEPS)
        x, y = read_idx(images, (28, 28)), read_idx(labels, ())
        if len(x) != len(y):
            raise DamagedFile(f"{labels} must hold {len(x)} labels, one per image, got {len(y)}")
        check_labels(y, labels)
        parts += [x.reshape(len(x), 784), y]
    return tuple(parts)


def _find(folder, name, steps):
    for path in (Path(folder) / name, Path(folder) / f"{name}.gz"):
        if path.is_file():
            return path
    raise MissingFiles(f"folder must hold {name} or {name}.gz, got {str(folder)!r}.\n{steps}")


def read_idx(path, shape):
    """The entries of an idx file of unsigned bytes, (N, *shape), from a file that may end in .gz.

    Format: 0, 0, 8 (the code of unsigned bytes), the number of axes; the length of each axis in four bytes,
    highest first; then the entries, the last axis fastest. Raises DamagedFile.
    """
    axes = 1 + len(shape)
    try:
        with (gzip.open if Path(path).suffix == ".gz" else open)(path, "rb") as file:
            magic, lengths = file.read(4), file.read(4 * axes)
            if magic != bytes([0, 0, 8, axes]):
                raise DamagedFile(f"{path} must begin with the bytes {[0, 0, 8, axes]}, got {list(magic)}")
            if len(lengths) < 4 * axes:
                raise DamagedFile(f"{path} must go on with the lengths of {axes} axes, got {list(lengths)}")
            N, *others = (int(n) for n in np.frombuffer(lengths, ">u4"))
            if N == 0 or tuple(others) != shape:
                raise DamagedFile(f"{path} must hold N > 0 entries of shape {shape}, got {N} of"
                                  f" {tuple(others)}")
            size = N * int(np.prod(shape))
            pieces, left = [], size + 1         # one more than there should be
            while left and (piece := file.read(min(left, 2**20))):      # a wrong length may be huge
                pieces.append(piece)
                left -= len(piece)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DamagedFile(f"{path} must be a whole gzip file, got: {error}") from error
    if left != 1:
        raise DamagedFile(f"{path} must hold {size} bytes after its header, got"
                          f" {size + 1 - left if left else 'more'}")
    return np.frombuffer(b"".join(pieces), np.uint8).reshape(N, *shape)


def read_cifar10(folder):
    """(x, y, x_test, y_test): bytes (N, 3072), all red, all green, all blue, each row by row; labels (N,).

    Reads data_batch_1.bin ... data_batch_5.bin and test_batch.bin (the binary version), or the same names
    without .bin (the Python version). Raises MissingFiles, DamagedFile.
    """
    names = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
    for suffix, read in ((".bin", read_cifar10_binary), ("", read_cifar10_python)):
        paths = [Path(folder) / f"{name}{suffix}" for name in names]
        there = [path.is_file() for path in paths]
        if any(there):
            break
    if not all(there):
        lacking = paths[there.index(False)].name if any(there) else "data_batch_1.bin or data_batch_1"
        raise MissingFiles(f"folder must hold {lacking}, got {str(folder)!r}.\n{CIFAR10_STEPS}")
    batches = [read(path) for path in paths]
    for path, (x, _) in zip(paths[1:5], batches[1:5]):
        if len(x) != len(batches[0][0]):        # a file of whole records may still lack some
            raise DamagedFile(f"{path} must hold {len(batches[0][0])} pictures as {paths[0].name} does,"
                              f" got {len(x)}")
    *train, (x_test, y_test) = batches
    return *map(np.concatenate, zip(*train)), x_test, y_test


def read_cifar10_binary(path):
    """(x, y) of one file of the binary version: records of 1 byte, the label, and 3,072 of the picture."""
    content = np.fromfile(path, np.uint8)
    if not content.size or content.size % (1 + PIXELS):
        raise DamagedFile(f"{path} must hold whole records of {1 + PIXELS} bytes, got {content.size} bytes")
    records = content.reshape(-1, 1 + PIXELS)
    check_labels(records[:, 0], path)
    return records[:, 1:], records[:, 0]


def read_cifar10_python(path):
    """(x, y) of one file of the Python version: a pickled dictionary of "data", (N, 3072), and "labels"."""
    with open(path, "rb") as file:
        try:
            batch = _Unpickler(file, encoding="bytes").load()
        except DamagedFile as error:
            raise DamagedFile(f"{path} {error}") from None
        except Exception as error:              # a damaged pickle can raise anything
            raise DamagedFile(f"{path} must be a whole pickle, got {type(error).__name__}: {error}"
                              ) from error
        if file.read(1):
            raise DamagedFile(f"{path} must end where the pickle ends, got more bytes")
    if not isinstance(batch, dict):
        raise DamagedFile(f"{path} must hold a dictionary, got {type(batch).__name__}")
    batch = {key.decode("latin-1") if isinstance(key, bytes) else key: value for key, value in batch.items()}
    x, y = _pixels(batch.get("data"), path), batch.get("labels")
    if not isinstance(y, list) or len(y) != len(x) or not all(type(label) is int for label in y):
        raise DamagedFile(f'{path} must hold {len(x)} "labels", a list of whole numbers, one per picture,'
                          f" got {len(y) if isinstance(y, list) else type(y).__name__}")
    y = np.array(y)
    check_labels(y, path)
    return x, y.astype(np.uint8)


class _StandIn:
    """What a pickle gets for everything that it names: it keeps what it is given, and does nothing."""

    state = None

    def __init__(self, *arguments):
        self.arguments = arguments

    def __setstate__(self, state):
        self.state = state


class _Unpickler(pickle.Unpickler):
    """Reads a dictionary of numbers, strings, lists and arrays. An array comes out as a _StandIn.

    The files name three things, those that a pickled array is rebuilt with (numpy 2 has moved the first),
    and get stand-ins for them. Anything else is refused: nothing that a file names is called, not even numpy.
    """

    known = {("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"),
             ("numpy", "ndarray"), ("numpy", "dtype")}

    def find_class(self, module, name):
        if (module, name) == ("_codecs", "encode"):         # how Python 3 writes bytes for Python 2
            return lambda text, encoding: text.encode("latin-1")
        if (module, name) not in self.known:
            raise DamagedFile(f"must hold nothing but numbers, strings and arrays, got {module}.{name}")
        return type(name, (_StandIn,), {})                  # new each time: a pickle can change what it gets


def _pixels(array, path):
    """The bytes (N, 3072) of a pickled array, from the state that numpy's ndarray.__reduce__ gives it."""
    try:
        _, (N, n), kind, by_columns, content = array.state
        kind = kind.arguments[0]
        size = len(content)
    except (AttributeError, TypeError, ValueError, IndexError):
        raise DamagedFile(f'{path} must hold "data", an array, got {type(array).__name__}') from None
    whole = type(content) is bytes and type(N) is int and N > 0 and n == PIXELS and size == N * n
    if kind not in ("u1", b"u1") or not whole:
        raise DamagedFile(f'{path} must hold "data" of bytes (N, {PIXELS}), got {size} of type {kind},'
                          f" ({N}, {n})")
    return np.frombuffer(content, np.uint8).reshape(N, n, order="F" if by_columns else "C")


def check_labels(y, source):
    """Raise DamagedFile where a label is not in 0 .. 9."""
    wrong = np.flatnonzero((y < 0) | (y > 9))
    if wrong.size:
        raise DamagedFile(f"{source} must hold labels from 0 to 9, got {y[wrong[0]]} at index {wrong[0]}")
