use tenantc::{source::*,diag::*,resolve,eval};
fn main(){ let mut m=SourceMap::default(); let mut d=vec![]; let mut w=Memory::default();
 for p in std::env::args().skip(1){ w.files.insert(p.rsplit('/').next().unwrap().to_owned(), std::fs::read(&p).unwrap()); }
 let t=std::time::Instant::now();
 let p=resolve::resolve(&w,&mut m,&mut d);
 eprintln!("{:?} {} defs {} tenants", t.elapsed(), p.definitions.len(), p.tenants.len());
 let b=eval::build(&p,&m,&Default::default(),None,&mut d);
 eprintln!("{:?}", t.elapsed());
 print!("{}",render(Format::Short,&settle(d),&m,fancy::Style::default()));
 if let Some(b)=b { println!("{}", serde_json::to_string_pretty(&b.model).unwrap()); print!("{}", b.lock.text()); }
}
