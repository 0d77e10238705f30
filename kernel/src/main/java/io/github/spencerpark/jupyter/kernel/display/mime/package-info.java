/** MIME types under the names that they have in IJava's notebooks. */
package io.github.spencerpark.jupyter.kernel.display.mime;
