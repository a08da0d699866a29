// Judges cassandra.yaml files by Cassandra's own loader.
// in: files as arguments; the jars of a release on the class path, with the options of java.options. Beside each file may
//     be a cassandra-rackdc.properties; paths of keys in it are read from the working directory
// out: a line a file: `ok FILE`, or `refused FILE: MESSAGE`; exit 1 when one was refused
// promises: nothing is started, nothing is written. Each file is read by classes of its own, which know no other.
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;

class Config {
    public static void main(String[] files) throws Exception {
        var jars = new ArrayList<URL>();
        for (String jar : System.getProperty("java.class.path").split(File.pathSeparator)) {
            jars.add(Path.of(jar).toUri().toURL());
        }
        System.setProperty("org.apache.cassandra.disable_mbean_registration", "true");
        boolean refused = false;
        for (String file : files) {
            Path path = Path.of(file).toAbsolutePath();
            System.setProperty("cassandra.config", path.toUri().toString());
            Path rack = path.resolveSibling("cassandra-rackdc.properties");
            if (Files.exists(rack)) {
                System.setProperty("cassandra-rackdc.properties", rack.toUri().toString());
            }
            var loader = new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
            Thread.currentThread().setContextClassLoader(loader);
            try {
                loader.loadClass("org.apache.cassandra.config.DatabaseDescriptor").getMethod("daemonInitialization").invoke(null);
                System.out.println("ok " + file);
            } catch (Exception | Error told) {
                var why = new ArrayList<String>();
                for (Throwable one = told; one != null; one = one.getCause()) {
                    if (one.getMessage() != null) why.add(one.getMessage().replaceAll("\\s+", " "));
                }
                System.out.println("refused " + file + ": " + String.join(" <- ", why));
                refused = true;
            }
        }
        System.out.flush();
        Runtime.getRuntime().halt(refused ? 1 : 0);
    }
}
