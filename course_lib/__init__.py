"""A course on optimization for training deep models. This is the map of the house.

Six ideas
---------
1. The objective. Whatever is minimized answers `f.value(theta)` and `f.gradient(theta)`, mostly also
   `f.hvp(theta, v)` and `f.hessian(theta)`: a bowl, a network on a minibatch, a logistic regression.
2. The optimizer. `optimizer.step(theta, f)` advances theta in place. It is handed the objective and not a
   gradient, because methods differ in where and how often they ask. An elementwise method writes down only
   its rule, `update`, which is the textbook's algorithm box and also what a student writes.
3. Runs are an axis. theta is (P,), or (K, P) for K runs at once; a hyperparameter is a number, a (K, 1)
   array, or a schedule. So a sweep of a thousand rates is one call.
4. A live figure is a function and a drawing. `compute(**controls)` gives data, `draw(artists, data)` moves
   artists that are there already, `summarize(data)` says in one line what is to be seen.
5. A mistake is a change. What students get wrong is mostly one line, so a mistake is the right version with
   that line changed, and the words for it.
6. A claim has four outcomes. Measured over many seeds, each part of it is supported, contradicted, equal or
   undecided.

The rooms, and what each may import besides itself
--------------------------------------------------
    the algorithms   the modules of this folder, each readable in ten minutes: numpy, and each other without
                     a cycle; `datasets` also scikit-learn
    markup           the HTML of messages and tables: nothing
    live/            the engine of live figures, which knows nothing of optimization: markup
    claims/          the experiments behind the claims, one module a lecture: algorithms, markup
    explorers/       the live figures, one module a lecture: algorithms, claims, live
    checks/          the tasks of the exercises and their mistakes, one module an exercise: algorithms, markup
    commands/        `course lab`, `course build` and so on, one module each: everything
    cli              the arguments of the `course` command: commands

Only `live` imports matplotlib and ipywidgets: nothing that computes does. tests/unit/test_imports.py holds
all of this.
"""
