package io.github.spencerpark.jupyter.kernel.display;

/** Puts into a context what a value looks like. */
@FunctionalInterface
public interface RenderFunction<T> {
  void render(T value, RenderContext context);
}
