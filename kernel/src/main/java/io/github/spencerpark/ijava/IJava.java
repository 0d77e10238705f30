package io.github.spencerpark.ijava;

import wirebook.kernel.worker.inside.KernelHandle;
import wirebook.kernel.worker.inside.Notebook;

/** Where notebooks made with IJava find their kernel; here they find this one. */
public final class IJava {
  private IJava() {}

  public static KernelHandle getKernelInstance() {
    return Notebook.kernel();
  }
}
