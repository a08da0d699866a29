use tenantc::{source::*,diag::*,resolve};
fn main(){ let mut m=SourceMap::default(); let mut d=vec![]; let mut w=Memory::default();
 for p in std::env::args().skip(1){ w.files.insert(p.rsplit('/').next().unwrap().to_owned(), std::fs::read(&p).unwrap()); }
 let t=std::time::Instant::now();
 let p=resolve::resolve(&w,&mut m,&mut d);
 eprintln!("{:?} {} defs {} tenants", t.elapsed(), p.definitions.len(), p.tenants.len());
 print!("{}",render(Format::Short,&settle(d),&m,fancy::Style::default()));
}
