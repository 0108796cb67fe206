"""Slider key press to new pixels in Chromium: a live figure against ipywidgets.interact with the inline
backend.

    python tests/benchmarks/bench_slider_latency.py
    python tests/benchmarks/bench_slider_latency.py ../course-before    # beside another checkout of the course

All show the same figure, 9 by 4 inches at 100 dpi: filled contours of a ravine, the path of 200 steps of
gradient descent, and the loss on a log axis; every key press retrains the 200 steps. The live figure, that of
another checkout, and `interact` stand in a notebook each, and the presses take turns. Time runs in the page,
from the key press to the first frame painted after the new picture has been decoded.

The inline backend crops its pictures (bbox_inches="tight") unless told otherwise, which costs it a good part
of its time; a second row compares with it told otherwise.
"""

import importlib.metadata
import importlib.util
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "browser"))

PRESSES = 30

SETUP = '''
%matplotlib inline
import ipywidgets
from IPython import get_ipython
import matplotlib.pyplot as plt
import numpy as np
from course_lib.live import LiveFigure, Range

kappa = np.array([1.0, 25.0])
x, y = np.meshgrid(np.linspace(-2, 2, 80), np.linspace(-2, 2, 80))
surface = (x**2 + 25 * y**2) / 2

def compute(rate):
    theta, path = np.array([-1.8, 1.5]), [(-1.8, 1.5)]
    for _ in range(200):
        theta = theta - rate * kappa * theta
        path.append(theta)
    path = np.array(path)
    return path, (kappa * path**2).sum(axis=1) / 2

def limits(left, right):
    left.set(xlim=(-2, 2), ylim=(-2, 2), xlabel="x", ylabel="y", title="Path")
    right.set(xlim=(0, 200), ylim=(1e-8, 100), xlabel="step", ylabel="loss", title="Loss")
'''

OURS = '''
def setup(figure):
    left, right = figure.subplots(1, 2)
    left.contourf(x, y, surface, levels=20)
    limits(left, right)
    return left.plot([], [], "o-", color="white", markersize=3)[0], right.semilogy([], [])[0]

def draw(artists, data):
    path, loss = data
    artists[0].set_data(*path.T)
    artists[1].set_data(np.arange(201), loss)

LiveFigure("Ours", compute, setup, draw, lambda data: f"Loss {data[1][-1]:.3g}.",
           {"rate": Range(0.001, 0.076, 0.026, step=0.0005, label="ours")})
'''

INTERACT = '''
def show(path, loss):
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), dpi=100)
    left.contourf(x, y, surface, levels=20)
    left.plot(*path.T, "o-", color="white", markersize=3)
    right.semilogy(np.arange(201), loss)
    limits(left, right)
    plt.show()

def interact(rate):
    show(*compute(rate))

def uncropped(rate):
    get_ipython().run_line_magic("config", "InlineBackend.print_figure_kwargs = {'bbox_inches': None}")
    show(*compute(rate))
    get_ipython().run_line_magic("config", "InlineBackend.print_figure_kwargs = {'bbox_inches': 'tight'}")

for function in (interact, uncropped):
    slider = ipywidgets.FloatSlider(
        value=0.026, min=0.001, max=0.076, step=0.0005, description=function.__name__)
    ipywidgets.interact(function, rate=slider)
'''
NAMES = ("ours", "interact", "uncropped")  # the labels of the sliders

# Resolves to the milliseconds between the key press and the frame after the new picture. The picture of
# `interact` is a new <img>, ours the same one with a new source: the observer looks at whatever picture the
# output holds.
TIMED_PRESS = '''
([output, handle, key]) => new Promise((resolve, reject) => {
    const source = () => { const img = output.querySelector("img"); return img && img.src; };
    const before = source();
    const watch = new MutationObserver(async () => {
        const now = source();
        if (!now || now === before) return;
        watch.disconnect();
        await output.querySelector("img").decode();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start), 0));
    });
    watch.observe(output, {subtree: true, childList: true, attributes: true, attributeFilter: ["src"]});
    handle.focus();
    const start = performance.now();
    handle.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
    setTimeout(() => reject(new Error("no new picture")), 20000);
})
'''


def measure(other=None):
    """{name: milliseconds of every press}, for each of NAMES, and "other" where that is another checkout."""
    import nbformat
    from browser_lab import NotebookPage, chromium, jupyter_lab

    notebooks = {"ours.ipynb": (NAMES[:1], [SETUP, OURS]), "interact.ipynb": (NAMES[1:], [SETUP, INTERACT])}
    if other is not None:
        path = f"import sys\nsys.path.insert(0, {str(Path(other).resolve())!r})"
        notebooks["other.ipynb"] = (("other",), [path, SETUP, OURS.replace('"ours"', '"other"')])
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    with tempfile.TemporaryDirectory() as work, jupyter_lab(work) as lab, chromium() as browser:
        sliders = {}
        for notebook, (names, cells) in notebooks.items():
            nbformat.write(nbformat.v4.new_notebook(
                cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel},
            ), lab.root / notebook)
            page = NotebookPage(browser, lab, notebook, height=2400)
            page.run_all()
            outputs = page.page.locator(".jp-OutputArea-output").filter(has=page.page.locator(".noUi-handle"))
            for name in names:
                output = outputs.filter(has=page.page.locator(f":text-is('{name}')")).first
                output.locator("img").first.wait_for()
                sliders[name] = page, output.element_handle(), output.locator(".noUi-handle").element_handle()
        times = {name: [] for name in sliders}
        for press in range(-3, PRESSES):  # the first three warm up
            for name, (page, output, handle) in sliders.items():
                page.page.bring_to_front()
                page.page.wait_for_timeout(150)  # let the page and the kernel come to rest
                took = page.page.evaluate(TIMED_PRESS, [output, handle, "ArrowRight"])
                if press >= 0:
                    times[name].append(took)
        for page in {id(page): page for page, *_ in sliders.values()}.values():
            page.close()
    return times


def rows(other=None):
    """Rows for the table of `course bench`: the peer's median over ours."""
    ipywidgets = f"(ipywidgets {importlib.metadata.version('ipywidgets')})"
    peers = {"interact": ("interact, inline backend", ipywidgets),
             "uncropped": ("interact, inline backend, pictures not cropped", ipywidgets)}
    if other is not None:
        peers["other"] = ("the checkout in", str(other))
    name = "slider key press to new pixels in Chromium"
    if missing := _missing():
        return [{"name": name, "peer": peer, "left_out": missing} for peer, _ in peers.values()]
    median = {key: statistics.median(times) for key, times in measure(other).items()}
    return [{"name": name, "ours": median["ours"], "unit": "ms", "peer": peer, "peer_version": version,
             "theirs": median[key], "ratio": median[key] / median["ours"]}
            for key, (peer, version) in peers.items()]


def _missing():
    if importlib.util.find_spec("playwright") is None:
        return "Playwright is not installed"
    from course_lib.commands.doctor import find_chromium

    return None if find_chromium() else "Chromium is not installed"


if __name__ == "__main__":
    for row in rows(*sys.argv[1:]):
        print(row)
