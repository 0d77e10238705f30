package wirebook.kernel.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.kernel.session.CellOutput;
import wirebook.spi.MimeBundle;

/**
 * Keeps what the cells of one notebook put out, as nbclient does: writes to a stream join the one
 * before, an updated display changes wherever it was shown. Text above a cap is dropped, and the
 * cell says so.
 */
final class CollectedOutput {
  /** Characters of text that are kept for a cell. */
  private static final int MOST_TEXT = 10_000_000;

  private final int mostText;
  private final List<OfCell> cells = new ArrayList<>();

  CollectedOutput() {
    this(MOST_TEXT);
  }

  CollectedOutput(int mostText) {
    this.mostText = mostText;
  }

  synchronized OfCell newCell() {
    OfCell cell = new OfCell();
    cells.add(cell);
    return cell;
  }

  /** The output of one cell; the lock is that of the whole notebook. */
  final class OfCell implements CellOutput {
    private final List<NotebookOutput> outputs = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private Stream textStream = Stream.STDOUT;
    private int textLength;
    private boolean clearBeforeNext;

    /** What there is so far. */
    List<NotebookOutput> outputs() {
      synchronized (CollectedOutput.this) {
        List<NotebookOutput> all = new ArrayList<>(outputs);
        pendingText().ifPresent(all::add);
        return all;
      }
    }

    void add(NotebookOutput output) {
      synchronized (CollectedOutput.this) {
        beforeOutput();
        pendingText().ifPresent(outputs::add);
        text.setLength(0);
        outputs.add(output);
      }
    }

    @Override
    public void stream(Stream stream, String more) {
      synchronized (CollectedOutput.this) {
        if (more.isEmpty()) {
          return;
        }
        beforeOutput();
        if (textLength >= mostText) {
          return;
        }
        if (stream != textStream) {
          pendingText().ifPresent(outputs::add);
          text.setLength(0);
          textStream = stream;
        }
        int room = mostText - textLength;
        text.append(more, 0, Math.min(room, more.length()));
        textLength += more.length();
        if (more.length() > room) {
          text.append("\n[more than ")
              .append(mostText)
              .append(" characters: the rest is dropped]\n");
        }
      }
    }

    @Override
    public void display(MimeBundle bundle, Optional<String> displayId) {
      add(new NotebookOutput.Shown(bundle, displayId));
    }

    @Override
    public void updateDisplay(MimeBundle bundle, String displayId) {
      Optional<String> id = Optional.of(displayId);
      synchronized (CollectedOutput.this) {
        for (OfCell cell : cells) {
          cell.outputs.replaceAll(
              output ->
                  output instanceof NotebookOutput.Shown shown && shown.displayId().equals(id)
                      ? new NotebookOutput.Shown(bundle, id)
                      : output);
        }
      }
    }

    @Override
    public void clear(boolean wait) {
      synchronized (CollectedOutput.this) {
        clearBeforeNext = wait;
        if (!wait) {
          clearNow();
        }
      }
    }

    /** Nobody sits at a headless run. */
    @Override
    public Optional<String> ask(String prompt, boolean password) {
      return Optional.empty();
    }

    private void beforeOutput() {
      if (clearBeforeNext) {
        clearBeforeNext = false;
        clearNow();
      }
    }

    private void clearNow() {
      outputs.clear();
      text.setLength(0);
      textLength = 0;
    }

    private Optional<NotebookOutput> pendingText() {
      return text.isEmpty()
          ? Optional.empty()
          : Optional.of(new NotebookOutput.Text(textStream, text.toString()));
    }
  }
}
