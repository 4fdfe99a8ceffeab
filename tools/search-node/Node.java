/**
 * One node of the server whose `Runner` is beside it, in this process: `Node <folder> <port>`. Its data is in the
 * folder: the same folder again is the same node after a restart. Ends with its standard input.
 */
public class Node {
  public static void main(String[] arguments) throws Exception {
    Runner runner = new Runner();
    runner.onBuild(
        (number, settings) -> {
          settings.put("http.port", arguments[1]);
          settings.put("transport.port", "0");
          settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
        });
    runner.build(
        Runner.newConfigs()
            .basePath(arguments[0])
            .clusterName("zitadel-siem-" + arguments[1])
            .numOfNode(1));
    while (System.in.read() >= 0) {}
    Runtime.getRuntime().halt(0);
  }
}
