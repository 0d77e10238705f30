package wirebook.kernel.cli;

/** The entry of the runnable jar. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.err.println("wirebook: nothing to run yet");
    System.exit(2);
  }
}
