"""MNIST and CIFAR-10 from small files of their formats, whole and damaged, and from a stand-in for OpenML."""

import gzip
import io
import os
import pickle
import pickletools
import struct
from urllib.error import URLError

import numpy as np
import pytest
import sklearn.datasets
from outcomes import refusal

from course_lib import datafiles, datasets
from course_lib.datafiles import DamagedFile, MissingFiles, read_cifar10_binary, read_cifar10_python, read_idx

N, N_TEST = 20, 10
NAMES = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]


def bytes_of(shape, seed):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def labels_of(n):
    return (np.arange(n) * 7 % 10).astype(np.uint8)


# ---------------------------------------------------------------------------------------- writing the formats

def idx(array):
    """An array as the MNIST files hold it."""
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


MNIST = {
    "train-images-idx3-ubyte": bytes_of((N, 28, 28), 0), "train-labels-idx1-ubyte": labels_of(N),
    "t10k-images-idx3-ubyte": bytes_of((N_TEST, 28, 28), 1),
    "t10k-labels-idx1-ubyte": labels_of(N_TEST)[::-1],
}


def write_mnist(folder, zipped=(), **changed):
    """`changed`: part of a name -> the content of that file."""
    for name, array in MNIST.items():
        content = next((c for part, c in changed.items() if part.replace("_", "-") in name), idx(array))
        if content is None:
            continue
        if name in zipped or zipped == "all":
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)
    return folder


class Python2Pickler(pickle._Pickler):
    """Writes bytes as Python 2 wrote its strings, and the numpy of then, as in the files of CIFAR-10."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_string(self, text):
        content = text.encode() if isinstance(text, str) else text
        if len(content) < 256:
            self.write(pickle.SHORT_BINSTRING + bytes([len(content)]) + content)
        else:
            self.write(pickle.BINSTRING + struct.pack("<i", len(content)) + content)
        self.memoize(text)

    dispatch[bytes] = dispatch[str] = save_string

    def save_global(self, obj, name=None):
        module = {"_reconstruct": "numpy.core.multiarray"}.get(obj.__name__, obj.__module__)
        self.write(pickle.GLOBAL + f"{module}\n{obj.__name__}\n".encode())
        self.memoize(obj)

    dispatch[type] = dispatch[type(np.dtype)] = dispatch[type(len)] = save_global
    dispatch[type(gzip.compress)] = save_global


def python2(batch):
    file = io.BytesIO()
    Python2Pickler(file, 2).dump(batch)
    return file.getvalue()


def cifar10_batches(n=N):
    return {name: (bytes_of((n if name != "test_batch" else N_TEST, 3072), i),
                   labels_of(n if name != "test_batch" else N_TEST)) for i, name in enumerate(NAMES)}


def batch_of(x, y):
    return {b"batch_label": b"training batch", b"labels": y.tolist(), b"data": x,
            b"filenames": [b"leptodactylus_pentadactylus_s_000004.png"] * len(y)}


def write_cifar10(folder, version, write=python2, **changed):
    for name, (x, y) in cifar10_batches().items():
        if version == "binary":
            content = changed.get(name, np.column_stack([y, x]).tobytes())
            (folder / f"{name}.bin").write_bytes(content)
        else:
            (folder / name).write_bytes(changed.get(name) or write(batch_of(x, y)))
    return folder


# ------------------------------------------------------------------------------------------------ whole files

def test_the_pickles_of_the_tests_are_like_the_official_ones():
    """The official data_batch_1 names nothing but these, and its strings are those of Python 2."""
    content = python2(batch_of(*cifar10_batches()["data_batch_1"]))
    named = [argument for opcode, argument, _ in pickletools.genops(content) if opcode.name == "GLOBAL"]
    assert named == ["numpy.core.multiarray _reconstruct", "numpy ndarray", "numpy dtype"]
    assert content[:2] == b"\x80\x02" and b"U\x04data" in content and b"U\x02u1" in content
    back = pickle.loads(content, encoding="bytes")                  # as the site says to read them
    assert np.array_equal(back[b"data"], cifar10_batches()["data_batch_1"][0])


def check_standardized(data, x, y, x_test, y_test):
    x, x_test = x.reshape(len(x), -1).astype(float), x_test.reshape(len(x_test), -1).astype(float)
    np.testing.assert_allclose(data.x, (x - x.mean()) / x.std(), rtol=0, atol=1e-13)
    np.testing.assert_allclose(data.x_test, (x_test - x.mean()) / x.std(), rtol=0, atol=1e-13)
    assert abs(data.x.mean()) < 1e-13 and abs(data.x.std() - 1) < 1e-13
    assert np.array_equal(data.y, y) and np.array_equal(data.y_test, y_test)
    assert data.y.dtype == int and data.x.dtype == float and data.classes == 10


@pytest.mark.parametrize("zipped", [(), "all", ("train-images-idx3-ubyte", "t10k-labels-idx1-ubyte")])
def test_mnist(tmp_path, zipped):
    data = datasets.load("mnist", folder=write_mnist(tmp_path, zipped))
    assert data.name == "mnist" and data.x.shape == (N, 784) and data.x_test.shape == (N_TEST, 784)
    check_standardized(data, *MNIST.values())


CIFAR10 = {"binary": ("binary", None), "python 2": ("python", python2)} | {
    f"protocol {p}": ("python", lambda batch, p=p: pickle.dumps(batch, p)) for p in range(5)}


@pytest.mark.parametrize("version, write", CIFAR10.values(), ids=CIFAR10)
def test_cifar10(tmp_path, version, write):
    data = datasets.load("cifar10", folder=str(write_cifar10(tmp_path, version, write)))
    assert data.name == "cifar10" and data.x.shape == (5 * N, 3072) and data.x_test.shape == (N_TEST, 3072)
    *train, (x_test, y_test) = cifar10_batches().values()
    x, y = (np.concatenate(part) for part in zip(*train))
    check_standardized(data, x, y, x_test, y_test)


def test_columns_first_is_read_as_such(tmp_path):
    x, y = cifar10_batches()["test_batch"]
    (tmp_path / "batch").write_bytes(python2(batch_of(np.asfortranarray(x), y)))
    assert np.array_equal(read_cifar10_python(tmp_path / "batch")[0], x)


def test_text_keys_as_python_3_writes_them(tmp_path):
    x, y = cifar10_batches()["test_batch"]
    (tmp_path / "batch").write_bytes(pickle.dumps({"data": x, "labels": y.tolist()}))
    assert np.array_equal(read_cifar10_python(tmp_path / "batch")[1], y)


def test_single_precision(tmp_path):
    folder = write_mnist(tmp_path)
    data = datasets.load("mnist", folder=folder, dtype=np.float32)
    double = datasets.load("mnist", folder=folder)
    assert data.x.dtype == data.x_test.dtype == np.float32
    np.testing.assert_allclose(data.x, double.x, rtol=0, atol=1e-6)


# ---------------------------------------------------------------------------------------------- damaged files

IMAGES, LABELS = idx(MNIST["train-images-idx3-ubyte"]), idx(labels_of(N))
DAMAGED_MNIST = [  # the file, its content, what the message says
    ("train_images", b"", "must begin with the bytes [0, 0, 8, 3], got []"),
    ("train_images", b"\0\0", "must begin with the bytes [0, 0, 8, 3], got [0, 0]"),
    ("train_images", b"\0\0\x09\3" + IMAGES[4:], "must begin with the bytes [0, 0, 8, 3], got [0, 0, 9, 3]"),
    ("train_images", b"\0\0\x08\1" + IMAGES[4:], "must begin with the bytes [0, 0, 8, 3], got [0, 0, 8, 1]"),
    ("train_images", b"\1\0\x08\3" + IMAGES[4:], "must begin with the bytes [0, 0, 8, 3], got [1, 0, 8, 3]"),
    ("train_images", LABELS, "must begin with the bytes [0, 0, 8, 3], got [0, 0, 8, 1]"),
    ("train_labels", IMAGES, "must begin with the bytes [0, 0, 8, 1], got [0, 0, 8, 3]"),
    ("train_images", gzip.compress(IMAGES), "must begin with the bytes [0, 0, 8, 3], got [31, 139, 8, 0]"),
    ("train_images", IMAGES[:10], "must go on with the lengths of 3 axes, got [0, 0, 0, 20, 0, 0]"),
    ("train_images", IMAGES[:-1], f"must hold {N * 784} bytes after its header, got {N * 784 - 1}"),
    ("train_images", IMAGES[:16], f"must hold {N * 784} bytes after its header, got 0"),
    ("train_images", IMAGES + b"\0", f"must hold {N * 784} bytes after its header, got more"),
    ("train_labels", LABELS[:-5], "must hold 20 bytes after its header, got 15"),
    ("train_labels", LABELS + LABELS, "must hold 20 bytes after its header, got more"),
    ("train_images", idx(bytes_of((N, 28, 27), 0)),
     "must hold N > 0 entries of shape (28, 28), got 20 of (28, 27)"),
    ("train_images", idx(bytes_of((0, 28, 28), 0)),
     "must hold N > 0 entries of shape (28, 28), got 0 of (28, 28)"),
    ("train_images", IMAGES[:4] + IMAGES[4:8][::-1] + IMAGES[8:],        # bytes in the wrong order
     "must hold 263066746880 bytes"),
    ("train_labels", idx(labels_of(N - 1)), "must hold 20 labels, one per image, got 19"),
    ("train_labels", idx(labels_of(N) + 1), "must hold labels from 0 to 9, got 10 at index 7"),
    ("t10k_labels", idx(np.full(N_TEST, 255, np.uint8)), "must hold labels from 0 to 9, got 255 at index 0"),
]


@pytest.mark.parametrize("name, content, message", DAMAGED_MNIST)
@pytest.mark.parametrize("zipped", [(), "all"], ids=["", "gz"])
def test_damaged_mnist_is_named(tmp_path, name, content, message, zipped):
    write_mnist(tmp_path, zipped, **{name: content})
    with pytest.raises(DamagedFile) as raised:
        datasets.load("mnist", folder=tmp_path)
    assert str(raised.value).startswith(str(tmp_path / name.replace("_", "-")))
    assert message in str(raised.value)


def damaged(content, i):
    return content[:i] + bytes([content[i] ^ 0x55]) + content[i + 1:]


@pytest.mark.parametrize("content", [
    gzip.compress(IMAGES)[:-1], gzip.compress(IMAGES)[:-9], gzip.compress(IMAGES)[:200], b"",
    damaged(gzip.compress(IMAGES), 1), damaged(gzip.compress(IMAGES), 3000),
    damaged(gzip.compress(IMAGES), len(gzip.compress(IMAGES)) - 6),
    gzip.compress(IMAGES) + b"more", IMAGES,
], ids=range(9))
def test_damaged_gzip_files_are_named(tmp_path, content):
    path = write_mnist(tmp_path, "all") / "train-images-idx3-ubyte.gz"
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match="train-images-idx3-ubyte.gz must"):
        datasets.load("mnist", folder=tmp_path)


def test_no_more_is_read_than_the_header_announces(tmp_path):
    """A small gzip file can hold gigabytes of zeros."""
    path = tmp_path / "labels.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(LABELS)
        file.write(bytes(50_000_000))
    class Counting(gzip.GzipFile):
        asked = 0

        def read(self, size=-1):
            Counting.asked += size
            assert size >= 0
            return super().read(size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datafiles.gzip, "open", lambda path, mode: Counting(path, mode))
        with pytest.raises(DamagedFile, match="got more"):
            read_idx(path, ())
    assert Counting.asked == 4 + 4 + 21


X, Y = cifar10_batches()["data_batch_2"]
RECORDS = np.column_stack([Y, X]).tobytes()


@pytest.mark.parametrize("content, message", [
    (b"", "must hold whole records of 3073 bytes, got 0 bytes"),
    (RECORDS[:-1], f"must hold whole records of 3073 bytes, got {N * 3073 - 1} bytes"),
    (RECORDS + b"\0", f"must hold whole records of 3073 bytes, got {N * 3073 + 1} bytes"),
    (RECORDS[:-3073], f"must hold {N} pictures as data_batch_1.bin does, got {N - 1}"),
    (RECORDS + RECORDS[:3073], f"must hold {N} pictures as data_batch_1.bin does, got {N + 1}"),
    (b"\x0a" + RECORDS[1:], "must hold labels from 0 to 9, got 10 at index 0"),
    (RECORDS[1:] + b"\0", "must hold labels from 0 to 9, got"),     # all moved by one byte
])
def test_damaged_cifar10_binary_files_are_named(tmp_path, content, message):
    write_cifar10(tmp_path, "binary", data_batch_2=content)
    with pytest.raises(DamagedFile) as raised:
        datasets.load("cifar10", folder=tmp_path)
    assert str(raised.value).startswith(str(tmp_path / "data_batch_2.bin")) and message in str(raised.value)


WHOLE = python2(batch_of(X, Y))


def changed(**parts):
    return python2({key: value for key, value in (batch_of(X, Y) | {
        name.encode(): part for name, part in parts.items()}).items() if value is not None})


@pytest.mark.parametrize("content, message", [
    (WHOLE[:-1], "must be a whole pickle, got EOFError"),
    (WHOLE[:100], "must be a whole pickle, got"),
    (WHOLE[:5000], "must be a whole pickle, got"),
    (b"\xff" + WHOLE, "must be a whole pickle, got UnpicklingError"),
    (RECORDS, "must be a whole pickle, got"),
    (WHOLE + b"\0", "must end where the pickle ends, got more bytes"),
    (python2([1, 2]), "must hold a dictionary, got list"),
    (changed(data=None), 'must hold "data", an array, got NoneType'),
    (changed(data=b"x" * N * 3072), 'must hold "data", an array, got bytes'),
    (changed(data=[[0] * 3072] * N), 'must hold "data", an array, got list'),
    (changed(data=X[:, :-1]), 'must hold "data" of bytes (N, 3072), got'),
    (changed(data=X.reshape(N, 3, 1024)), 'must hold "data", an array, got'),
    (changed(data=X.astype(np.int8)), "must hold \"data\" of bytes (N, 3072), got 61440 of type b'i1'"),
    (changed(data=X.astype(np.float32)), "must hold \"data\" of bytes (N, 3072), got 245760 of type b'f4'"),
    (changed(data=X[:0], labels=[]), 'must hold "data" of bytes (N, 3072), got 0 of type'),
    (changed(labels=None), f'must hold {N} "labels", a list of whole numbers, one per picture, got NoneType'),
    (changed(labels=Y.tolist()[:-1]),
     f'must hold {N} "labels", a list of whole numbers, one per picture, got 19'),
    (changed(labels=[0.0] * N), f'must hold {N} "labels", a list of whole numbers'),
    (changed(labels=[True] * N), f'must hold {N} "labels", a list of whole numbers'),
    (changed(labels=Y), f'must hold {N} "labels", a list of whole numbers'),
    (changed(labels=[3] * (N - 1) + [10]), "must hold labels from 0 to 9, got 10 at index 19"),
    (changed(labels=[-1] + [3] * (N - 1)), "must hold labels from 0 to 9, got -1 at index 0"),
    (changed(labels=[3] * (N - 1) + [10**30]), "must hold labels from 0 to 9, got"),
    (changed(data=X[:-1], labels=Y.tolist()[:-1]),
     f"must hold {N} pictures as data_batch_1 does, got {N - 1}"),
])
def test_damaged_cifar10_pickles_are_named(tmp_path, content, message):
    write_cifar10(tmp_path, "python", data_batch_2=content)
    with pytest.raises(DamagedFile) as raised:
        datasets.load("cifar10", folder=tmp_path)
    assert str(raised.value).startswith(str(tmp_path / "data_batch_2")) and message in str(raised.value)


def test_a_pickle_cut_anywhere_is_named(tmp_path):
    for length in [*range(0, 400), *range(400, len(WHOLE), 997)]:
        (tmp_path / "batch").write_bytes(WHOLE[:length])
        with pytest.raises(DamagedFile, match="batch must"):
            read_cifar10_python(tmp_path / "batch")


# -------------------------------------------------------------------------------------------- hostile pickles

CALLED = []


def call(*arguments):
    CALLED.append(arguments)


class Call:
    """Pickled, it is a call of a function when read."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


class Loaded:
    def __setstate__(self, state):
        CALLED.append(state)


TARGET = "course_lib_was_here"
HOSTILE = {
    "os.system": lambda: pickle.dumps(Call(os.system, f"touch {TARGET}")),
    "a part": lambda: pickle.dumps(batch_of(X, Y) | {b"labels": Call(os.system, f"touch {TARGET}")}),
    "as a key": lambda: pickle.dumps({Call(os.system, f"touch {TARGET}"): 1}),
    "eval": lambda: pickle.dumps(Call(eval, f"open('{TARGET}', 'w')")),
    "a function of the test": lambda: pickle.dumps(Call(call, 1)),
    "a class with a state": lambda: pickle.dumps(Loaded()),
    "protocol 0": lambda: b"".join((b"cos\nsystem\n(S'touch ", TARGET.encode(), b"'\ntR.")),
    "INST": lambda: b"".join((b"(S'touch ", TARGET.encode(), b"'\nios\nsystem\n.")),
    "OBJ": lambda: b"".join((b"(cos\nsystem\nS'touch ", TARGET.encode(), b"'\no.")),
    "dotted name": lambda: b"\x80\x04\x8c\x05numpy\x8c\x12ndarray.__reduce__\x93)R.",
    "numpy function": lambda: pickle.dumps(Call(np.savetxt, TARGET, [1.0])),
    "getattr": lambda: pickle.dumps(Call(getattr, "a", "upper")),
    "extension registry": lambda: b"\x80\x02\x82\x01.",
    "persistent id": lambda: b"Psomething\n.",
    "codecs.decode": lambda: b"\x80\x02c_codecs\ndecode\nU\x01aU\x03hex\x86R.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_pickle_executes_nothing(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    CALLED.clear()
    (tmp_path / "batch").write_bytes(HOSTILE[name]())
    with pytest.raises(DamagedFile, match="batch must"):
        read_cifar10_python(tmp_path / "batch")
    assert not CALLED and not (tmp_path / TARGET).exists()


def test_the_hostile_pickles_do_execute_where_nothing_is_restricted(tmp_path, monkeypatch):
    """Otherwise the test above says nothing."""
    monkeypatch.chdir(tmp_path)
    for name in ("os.system", "protocol 0", "INST", "OBJ", "eval", "numpy function"):
        pickle.loads(HOSTILE[name]())
        assert (tmp_path / TARGET).exists()
        (tmp_path / TARGET).unlink()


def test_a_pickle_cannot_change_what_the_next_one_gets(tmp_path):
    """BUILD sets attributes of whatever stands below it: here of the stand-ins themselves."""
    for what in (b"cnumpy\nndarray\n", b"cnumpy.core.multiarray\n_reconstruct\n", b"c_codecs\nencode\n"):
        for state in (b"}U\x05stateU\x03bads", b"N}U\x0c__defaults__U\x03bads\x86",
                      b"N}U\x08__code__U\x03bads\x86"):
            (tmp_path / "batch").write_bytes(b"\x80\x02" + what + state + b"b.")
            with pytest.raises(DamagedFile):
                read_cifar10_python(tmp_path / "batch")
    (tmp_path / "batch").write_bytes(WHOLE)
    assert np.array_equal(read_cifar10_python(tmp_path / "batch")[0], X)
    assert datafiles._StandIn.state is None


@pytest.mark.parametrize("state", [
    b"NNNNNt", b"K\x01K\x02NNNt", b"K\x01)NNNt", b"K\x01K\x02M\x00\x0c\x86NNNt", b"",
    b"K\x01K\x02M\x00\x0c\x86U\x02u1K\x00U\x00t",
], ids=range(6))
def test_an_array_with_a_made_up_state_is_named(tmp_path, state):
    array = b"cnumpy.core.multiarray\n_reconstruct\n)R(" + (state or b"t") + b"b"
    (tmp_path / "batch").write_bytes(b"\x80\x02}U\x04data" + array + b"s.")
    with pytest.raises(DamagedFile, match="batch must"):
        read_cifar10_python(tmp_path / "batch")


# -------------------------------------------------------------------------------------- missing files, OpenML

@pytest.mark.parametrize("name, steps", [("mnist", "t10k"), ("cifar10", "cifar-10-python.tar.gz")])
def test_missing_files_come_with_the_steps_to_take(tmp_path, name, steps):
    for folder in (None, tmp_path, tmp_path / "nowhere"):
        with pytest.raises(MissingFiles) as raised:
            datasets.load(name, folder=folder)
        message = str(raised.value)
        assert message.startswith("folder must") and steps in message
        assert "\n1. " in message and "\n3. " in message and "download=True" in message


@pytest.mark.parametrize("name", MNIST)
def test_one_missing_file_of_mnist_is_named(tmp_path, name):
    (write_mnist(tmp_path) / name).unlink()
    with pytest.raises(MissingFiles, match=f"folder must hold {name} or {name}.gz"):
        datasets.load("mnist", folder=tmp_path)


@pytest.mark.parametrize("version", ["binary", "python"])
@pytest.mark.parametrize("name", NAMES)
def test_one_missing_file_of_cifar10_is_named(tmp_path, name, version):
    path = write_cifar10(tmp_path, version) / (f"{name}.bin" if version == "binary" else name)
    path.unlink()
    with pytest.raises(MissingFiles, match=f"folder must hold {path.name}, got"):
        datasets.load("cifar10", folder=tmp_path)


class OpenML:
    """Stands in for scikit-learn's client, and has 30 + 10 examples of which the last are for testing."""

    def __init__(self, monkeypatch, name):
        n = 784 if name == "mnist" else 3072
        self.x, self.y = bytes_of((40, n), 5).astype(float), np.tile(np.arange(10), 4)
        title, version, _ = datasets.OPENML[name]
        self.expected = (title,), dict(version=version, return_X_y=True, as_frame=False, parser="liac-arff")
        monkeypatch.setitem(datasets.OPENML, name, (title, version, [1] * 10))
        monkeypatch.setattr(sklearn.datasets, "fetch_openml", self)
        self.folders = []

    def __call__(self, *arguments, data_home, **options):
        assert (arguments, options) == self.expected
        self.folders.append(data_home)
        return self.x, self.y.astype(str).astype(object)


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_download(tmp_path, monkeypatch, name):
    openml = OpenML(monkeypatch, name)
    for folder in (tmp_path, None):
        data = datasets.load(name, folder=folder, download=True)
        check_standardized(data, openml.x[:30], openml.y[:30], openml.x[30:], openml.y[30:])
    assert openml.folders == [tmp_path, None]


def test_files_that_are_there_are_not_downloaded(tmp_path, monkeypatch):
    openml = OpenML(monkeypatch, "mnist")
    assert datasets.load("mnist", folder=write_mnist(tmp_path), download=True).x.shape == (N, 784)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(b"damaged")
    with pytest.raises(DamagedFile):                # nor replaced without a word
        datasets.load("mnist", folder=tmp_path, download=True)
    assert openml.folders == []


def test_without_a_network_the_steps_are_told(tmp_path, monkeypatch):
    def fetch(*arguments, **options):
        raise URLError("Name or service not known")

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch)
    with pytest.raises(MissingFiles, match="download must reach OpenML") as raised:
        datasets.load("cifar10", folder=tmp_path, download=True)
    assert "Name or service not known" in str(raised.value) and "\n1. Get cifar-10" in str(raised.value)
    assert isinstance(raised.value.__cause__, URLError)


def test_another_order_or_content_at_openml_is_noticed(monkeypatch):
    for spoil, message in [
        (lambda openml: openml.y.sort(), "must end with the test examples"),
        (lambda openml: openml.x.__setitem__((3, 4), 0.5), "must hold pixels from 0 to 255"),
        (lambda openml: openml.x.__setitem__((3, 4), 256), "must hold pixels from 0 to 255"),
        (lambda openml: openml.y.__setitem__(3, 10), "must hold labels from 0 to 9, got 10 at index 3"),
    ]:
        openml = OpenML(monkeypatch, "mnist")
        spoil(openml)
        with pytest.raises(DamagedFile, match=f"mnist_784 of OpenML {message}"):
            datasets.load("mnist", download=True)


def test_pictures_without_a_difference_cannot_be_scaled(tmp_path):
    write_mnist(tmp_path, train_images=idx(np.full((N, 28, 28), 7, np.uint8)))
    with pytest.raises(DamagedFile, match='pictures of "mnist" must differ, got 7 for every pixel'):
        datasets.load("mnist", folder=tmp_path)


# ----------------------------------------------------------------------------------- all of it in one piece

def test_reads_mnist(tmp_path, m=datafiles):
    x, y, x_test, y_test = m.read_mnist(write_mnist(tmp_path, ("train-images-idx3-ubyte",)))
    for part, array in zip((x, y, x_test, y_test), MNIST.values()):
        assert np.array_equal(part, array.reshape(part.shape)) and part.dtype == np.uint8


def test_reads_cifar10(tmp_path, m=datafiles):
    for version in ("binary", "python"):
        folder = tmp_path / version
        folder.mkdir(exist_ok=True)
        x, y, x_test, y_test = m.read_cifar10(write_cifar10(folder, version))
        *train, test = cifar10_batches().values()
        assert np.array_equal(x, np.concatenate([x for x, _ in train])) and np.array_equal(x_test, test[0])
        assert np.array_equal(y, np.concatenate([y for _, y in train])) and np.array_equal(y_test, test[1])
    (tmp_path / "batch").write_bytes(python2(batch_of(np.asfortranarray(X), Y)))
    assert np.array_equal(m.read_cifar10_python(tmp_path / "batch")[0], X)


def test_refuses_damaged_files(tmp_path, m=datafiles):
    for name, content, message in DAMAGED_MNIST:
        error = refusal(m.read_mnist, write_mnist(tmp_path, **{name: content}))
        assert isinstance(error, m.DamagedFile) and message in str(error)
    for content in (RECORDS[:-1], RECORDS[:-3073], b"\x0a" + RECORDS[1:]):
        error = refusal(m.read_cifar10, write_cifar10(tmp_path, "binary", data_batch_2=content))
        assert isinstance(error, m.DamagedFile)
    for content in (WHOLE + b"\0", python2([1]), changed(data=X[:, :-1]), changed(data=X.astype(np.int8)),
                    changed(labels=[True] * N), changed(labels=Y.tolist()[:-1]),
                    changed(labels=[3] * (N - 1) + [10]), changed(labels=[-1] * N)):
        (tmp_path / "batch").write_bytes(content)
        assert isinstance(refusal(m.read_cifar10_python, tmp_path / "batch"), m.DamagedFile)


def test_a_file_read_by_itself(tmp_path):
    (tmp_path / "batch.bin").write_bytes(RECORDS)
    x, y = read_cifar10_binary(tmp_path / "batch.bin")
    assert np.array_equal(x, X) and np.array_equal(y, Y)
