package wirebook.kernel.run;

import java.util.List;

/** What became of one notebook. */
sealed interface NotebookReport {
  /** The file's name, with its folders where others have the same. */
  String name();

  List<CellReport> cells();

  /** It was run, or is being run: then the cells to come are among those that were not. */
  record Ran(String name, NotebookFile notebook, List<CellReport> cells) implements NotebookReport {
    public Ran {
      cells = List.copyOf(cells);
    }
  }

  /** None of it has run. */
  record Untouched(String name, String reason) implements NotebookReport {
    @Override
    public List<CellReport> cells() {
      return List.of();
    }
  }
}
