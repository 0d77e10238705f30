/** How a cell says what values of a type look like, under the names of IJava's base kernel. */
package io.github.spencerpark.jupyter.kernel.display;
