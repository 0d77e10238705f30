package wirebook.spi;

/** Where a magic shows what is more than text: below its text, in the cell. */
public interface Display {
  /** Shows {@code bundle} and returns the id under which {@link #update} can replace it. */
  String show(MimeBundle bundle);

  /** Replaces what was shown under {@code id}. */
  void update(String id, MimeBundle bundle);

  /** Removes the cell's output; with {@code wait}, when the next output comes. */
  void clear(boolean wait);

  /** Where no picture can be shown. */
  Display NONE =
      new Display() {
        @Override
        public String show(MimeBundle bundle) {
          return "";
        }

        @Override
        public void update(String id, MimeBundle bundle) {}

        @Override
        public void clear(boolean wait) {}
      };
}
