import jdk.jshell.JShell;

/** What JShell needs for a first value when nothing else is asked of it: see start.py. */
public class BareShell {
  public static void main(String[] args) {
    JShell shell = JShell.builder().executionEngine("local").build();
    System.out.println(shell.eval("1 + 1").getFirst().value());
    System.out.flush();
    if (args.length == 0) {
      // Its clean-up is not what is measured.
      Runtime.getRuntime().halt(0);
    }
  }
}
